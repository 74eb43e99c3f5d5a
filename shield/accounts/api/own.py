"""The own account over the API: who I am, my tokens, my sessions."""

from __future__ import annotations

from typing import cast

from allauth.usersessions.models import UserSession
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shield.accounts import services
from shield.accounts.api import serializers
from shield.accounts.api.views import REFUSED, actor_of, valid
from shield.accounts.models import ApiToken, BusinessUnit
from shield.accounts.pages import get_visible_or_404
from shield.accounts.recent import require_recent
from shield.accounts.sessions import session_end, sessions_end_all
from shield.common.api_views import Acts


class AccountView(Acts, APIView):
    """Whoever asks."""

    acts = {"GET": "account.own"}

    @extend_schema(responses={200: serializers.AccountSerializer})
    def get(self, request: Request) -> Response:
        """Name, roles, and the scopes of the token that asked."""
        return Response(serializers.AccountSerializer(actor_of(request)).data)


class TokenViewSet(Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """My API tokens. The token itself is in the answer that makes it, and nowhere else."""

    queryset = ApiToken.objects.none()
    serializer_class = serializers.TokenSerializer
    ordering_fields = ("id", "name", "created_at", "expires_at", "last_used_at")
    secret_answers = ("create",)
    acts = dict.fromkeys(("list", "retrieve", "create", "end"), "token.own")

    def get_queryset(self) -> QuerySet[ApiToken]:
        """Only my own."""
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        return ApiToken.objects.filter(user=actor_of(self.request)).select_related("unit")

    def check_object_permissions(self, request: Request, obj: object) -> None:
        """The list is narrowed to the own tokens already; they belong to no unit."""

    @extend_schema(
        request=serializers.TokenWriteSerializer,
        responses={201: serializers.TokenMadeSerializer, **REFUSED},
    )
    def create(self, request: Request) -> Response:
        """Make a token. A token makes none that may more, or lasts longer, than itself."""
        user = actor_of(request)
        wanted = valid(serializers.TokenWriteSerializer, request)
        require_recent(request)
        slug = wanted.pop("unit")
        unit = slug and get_visible_or_404(
            BusinessUnit.objects.all(), user, "service.view", slug=slug
        )
        row, token = services.token_create(
            user=user,
            actor=user.get_username(),
            unit=cast("BusinessUnit | None", unit),
            service_key=cast("int | None", wanted.pop("service")),
            **wanted,  # type: ignore[arg-type]
        )
        row.token = token  # type: ignore[attr-defined]  # only for this answer
        shown = serializers.TokenMadeSerializer(row).data
        return Response(shown, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: serializers.TokenSerializer})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """Revoke a token now."""
        token = services.token_revoke(
            token=self.get_object(), actor=actor_of(request).get_username()
        )
        return Response(serializers.TokenSerializer(token).data)


class SessionViewSet(Acts, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Where I am signed in."""

    queryset = UserSession.objects.none()
    serializer_class = serializers.SessionSerializer
    ordering_fields = ("id", "created_at", "last_seen_at")
    acts = dict.fromkeys(("list", "end", "end_all"), "account.own")

    def get_queryset(self) -> QuerySet[UserSession]:
        """Only my own."""
        if getattr(self, "swagger_fake_view", False):
            return UserSession.objects.none()
        return UserSession.objects.filter(user=actor_of(self.request)).order_by("-last_seen_at")

    def check_object_permissions(self, request: Request, obj: object) -> None:
        """The list is narrowed to the own sessions already; they belong to no unit."""

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End one session."""
        session_end(session=self.get_object(), actor=actor_of(request).get_username())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(operation_id="sessions_end_all", request=None, responses={204: None})
    @action(detail=False, methods=["post"], url_path="end")
    def end_all(self, request: Request) -> Response:
        """Sign me out everywhere, also here."""
        user = actor_of(request)
        sessions_end_all(user=user, actor=user.get_username(), reason="signed out everywhere")
        return Response(status=status.HTTP_204_NO_CONTENT)
