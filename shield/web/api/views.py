"""Saved views over the API."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from shield.accounts.api.fields import UnitField
from shield.accounts.models import User
from shield.common.api_views import Acts, ErrorSerializer
from shield.web import saved_views
from shield.web.models import SavedView, ViewScope


class SavedViewSerializer(serializers.ModelSerializer):
    """A list's filters under a name."""

    owner = serializers.CharField(source="user.username", read_only=True)
    scope = serializers.ChoiceField(choices=ViewScope.choices, default=ViewScope.PRIVATE)
    unit = UnitField(act="finding.triage", required=False, allow_null=True)
    url = serializers.SerializerMethodField(help_text="the list with these filters")

    class Meta:
        model = SavedView
        fields = ("id", "owner", "page", "name", "query", "scope", "unit", "is_default", "url")
        read_only_fields = ("id", "owner")
        validators: list[Any] = []  # a view of the same name is replaced

    def get_url(self, view: SavedView) -> str:
        """A path of this server."""
        return view.get_absolute_url()


class SavedViewSet(
    Acts,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """Named filters of lists: one's own, and those that others share."""

    queryset = SavedView.objects.select_related("user", "unit")
    serializer_class = SavedViewSerializer
    filterset_fields = ("page", "scope", "is_default")
    ordering_fields = ("id", "name", "page")
    lookup_value_regex = r"\d+"
    acts = dict.fromkeys(("list", "retrieve", "create", "destroy"), "account.own")

    def get_queryset(self) -> QuerySet[SavedView]:
        """One's own and shared ones."""
        rows: QuerySet[SavedView] = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(pk__in=saved_views.views_for(self.request.user).values("pk"))

    @extend_schema(
        responses={201: SavedViewSerializer, 400: ErrorSerializer, 403: ErrorSerializer,
                   422: ErrorSerializer},
    )  # fmt: skip
    def create(self, request: Request) -> Response:
        """Keep filters under a name; one of the same name on that list is replaced."""
        serializer = SavedViewSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        view = saved_views.view_save(
            actor=cast(User, request.user),
            page=data["page"],
            name=data["name"],
            query=data.get("query", ""),
            kept_for=data["scope"],
            unit=data.get("unit"),
            is_default=data.get("is_default", False),
        )
        return Response(SavedViewSerializer(view).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None, 404: ErrorSerializer, 422: ErrorSerializer})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Forget one's own view."""
        saved_views.view_remove(
            view=cast(SavedView, self.get_object()), actor=cast(User, request.user)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
