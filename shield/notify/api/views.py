"""Messages over the API: the caller's own, how they come, and what is followed."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from shield.accounts.models import User
from shield.accounts.pages import get_visible_or_404
from shield.common.api_views import Acts, ErrorSerializer
from shield.common.filters import AnyOf
from shield.findings.models import Finding
from shield.notify.api import serializers
from shield.notify.choices import Kind
from shield.notify.models import Attending, Notification
from shield.notify.selectors import notifications_of, preference_of
from shield.notify.services import personal
from shield.registry.models import Service


class NotificationFilter(filters.FilterSet):
    """By kind, whether it is read or critical, and object."""

    kind = AnyOf(choices=Kind.choices)
    unread = filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")

    class Meta:
        model = Notification
        fields = ("critical", "object_type", "object_id")


class NotificationViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """What the caller was told, the newest first."""

    queryset = Notification.objects.all()
    serializer_class = serializers.NotificationSerializer
    filterset_class = NotificationFilter
    ordering_fields = ("at", "id", "kind", "read_at")
    lookup_value_regex = r"\d+"
    acts = {
        "list": "account.own",
        "retrieve": "account.own",
        "read": "account.own",
        "unread": "account.own",
        "read_all": "account.own",
    }

    def get_queryset(self) -> QuerySet[Notification]:
        """The caller's own, of units that they see."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return notifications_of(cast(User, self.request.user))

    def check_object_permissions(self, request: Request, obj: object) -> None:
        """Nothing more to ask: the rows are the caller's own, in whatever unit."""

    @extend_schema(request=None, responses=serializers.NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        """Mark it as read."""
        return self._mark(request, read=True)

    @extend_schema(request=None, responses=serializers.NotificationSerializer)
    @action(detail=True, methods=["post"])
    def unread(self, request: Request, pk: str) -> Response:
        """Mark it as unread again."""
        return self._mark(request, read=False)

    @extend_schema(request=None, responses=serializers.CountSerializer)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        """Mark everything as read; how many were not."""
        return Response({"count": personal.notifications_read(user=cast(User, request.user))})

    def _mark(self, request: Request, *, read: bool) -> Response:
        row = self.get_object()
        personal.notifications_read(user=cast(User, request.user), ids=[row.pk], read=read)
        row.refresh_from_db()
        return Response(self.get_serializer(row).data)


class PreferenceView(Acts, APIView):
    """How the caller is told."""

    acts = {"GET": "account.own", "PUT": "account.own"}

    @extend_schema(responses=serializers.PreferenceSerializer)
    def get(self, request: Request) -> Response:
        """What holds now."""
        row = preference_of(cast(User, request.user))
        return Response(serializers.PreferenceSerializer(row).data)

    @extend_schema(
        request=serializers.PreferenceSerializer,
        responses={
            200: serializers.PreferenceSerializer,
            400: ErrorSerializer,
            422: ErrorSerializer,
        },
    )
    def put(self, request: Request) -> Response:
        """Choose all of it anew."""
        wishes = personal.Wishes(**valid(serializers.PreferenceSerializer, request))
        row = personal.preference_set(user=cast(User, request.user), wishes=wishes)
        return Response(serializers.PreferenceSerializer(row).data)


class AttendingViewSet(Acts, mixins.ListModelMixin, viewsets.GenericViewSet):
    """What the caller follows and has muted."""

    queryset = Attending.objects.order_by("-id")
    serializer_class = serializers.AttendingSerializer
    filterset_fields = ("object_type", "attention")
    acts = {"list": "account.own", "create": "account.own"}

    def get_queryset(self) -> QuerySet[Attending]:
        """The caller's own."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(user=cast(User, self.request.user))

    @extend_schema(
        request=serializers.AttendSerializer,
        responses={200: serializers.AttendSerializer, 400: ErrorSerializer, 404: ErrorSerializer},
    )
    def create(self, request: Request) -> Response:
        """Follow or mute a service or finding, or end that."""
        wanted = valid(serializers.AttendSerializer, request)
        user = cast(User, request.user)
        if wanted["object_type"] == "service":
            target: Any = get_visible_or_404(
                Service.objects.all(), user, "service.view", pk=wanted["object_id"]
            )
        else:
            target = get_visible_or_404(
                Finding.objects.all(), user, "finding.view", pk=wanted["object_id"]
            )
        personal.attention_set(user=user, target=target, attention=wanted["attention"] or "")
        return Response(wanted)


def valid(kind: type[BaseSerializer], request: Request) -> dict[str, Any]:
    """The request's facts, or the error that names what is wrong with them."""
    serializer = kind(data=request.data, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
