"""People, units and grants over the API: what the pages of administrators do."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from shield.accounts import directory, services
from shield.accounts.api import serializers
from shield.accounts.choices import Role
from shield.accounts.filters import holding
from shield.accounts.models import ApiToken, BusinessUnit, Grant, User
from shield.accounts.pages import get_visible_or_404, require
from shield.accounts.policy import EVERYWHERE
from shield.accounts.recent import require_recent
from shield.accounts.sessions import sessions_end_all
from shield.accounts.views.people import described
from shield.common.api_views import Acts, ErrorSerializer
from shield.common.filters import search_filter

REFUSED = {400: ErrorSerializer, 403: ErrorSerializer, 409: ErrorSerializer, 422: ErrorSerializer}


class UserFilter(filters.FilterSet):
    """By name, role, unit and state."""

    search = search_filter("username", "email")
    role = filters.MultipleChoiceFilter(
        field_name="role__in", choices=Role.choices, method="by_grant"
    )
    unit = filters.CharFilter(field_name="unit__slug", method="by_grant")
    active = filters.BooleanFilter(field_name="is_active")

    class Meta:
        model = User
        fields = ("search", "role", "unit", "active")

    def by_grant(self, queryset: QuerySet[User], name: str, value: object) -> QuerySet[User]:
        """Whoever holds such a role, among those that the sender looks after."""
        return holding(queryset, self.request.user, {name: value})


class UserViewSet(Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """People, for administrators of everything or of their units."""

    queryset = User.objects.none()
    serializer_class = serializers.UserSerializer
    filterset_class = UserFilter
    ordering_fields = ("username", "last_login", "date_joined")
    lookup_value_regex = r"\d+"
    secret_answers = ("create", "invite")
    acts = dict.fromkeys(
        ("list", "retrieve", "create", "off", "on", "invite", "factors", "sign_out"), "user.manage"
    ) | {"end_tokens": "token.manage"}

    def get_queryset(self) -> QuerySet[User]:
        """The people whom this administrator sees; everybody else is as if not there."""
        if getattr(self, "swagger_fake_view", False):
            return User.objects.none()
        return described(actor_of(self.request))

    def check_object_permissions(self, request: Request, obj: object) -> None:
        """People belong to no unit: the directory says who is seen, the services who is changed."""

    def _answer(self, user: User) -> Response:
        shown = self.get_queryset().filter(pk=user.pk).first() or described_anyway(user)
        return Response(serializers.UserSerializer(shown).data)

    @extend_schema(
        request=serializers.UserWriteSerializer,
        responses={201: serializers.InvitedSerializer, **REFUSED},
    )
    def create(self, request: Request) -> Response:
        """Invite somebody: an account without a password, a first role, and a one-time link."""
        actor = actor_of(request)
        wanted = valid(serializers.UserWriteSerializer, request)
        unit = unit_of(actor, cast("str | None", wanted.pop("unit")))
        require_recent(request)
        user, path = services.person_invite(actor=actor, unit=unit, **wanted)  # type: ignore[arg-type]
        return self._invited(user, path, status.HTTP_201_CREATED)

    def _invited(self, user: User, path: str, code: int = status.HTTP_200_OK) -> Response:
        link = self.request.build_absolute_uri(path)
        shown = self.get_queryset().get(pk=user.pk)
        facts = {"user": serializers.UserSerializer(shown).data, "link": link}
        return Response(facts, status=code)

    def _asked(self) -> tuple[User, User, str]:
        """Who does it, to whom, and why; the object first, so that a foreign one is not there."""
        user = self.get_object()
        reason = str(valid(serializers.WhySerializer, self.request)["reason"])
        require_recent(self.request)
        return actor_of(self.request), user, reason

    @extend_schema(
        request=serializers.WhySerializer, responses={200: serializers.UserSerializer, **REFUSED}
    )
    @action(detail=True, methods=["post"])
    def off(self, request: Request, pk: str) -> Response:
        """Switch somebody off: sessions and tokens end at once."""
        actor, user, reason = self._asked()
        return self._answer(services.person_switch_off(actor=actor, user=user, reason=reason))

    @extend_schema(
        request=serializers.WhySerializer, responses={200: serializers.UserSerializer, **REFUSED}
    )
    @action(detail=True, methods=["post"])
    def on(self, request: Request, pk: str) -> Response:
        """Let somebody in again; tokens stay revoked."""
        actor, user, reason = self._asked()
        return self._answer(services.person_switch_on(actor=actor, user=user, reason=reason))

    @extend_schema(
        request=serializers.WhySerializer, responses={200: serializers.InvitedSerializer, **REFUSED}
    )
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, pk: str) -> Response:
        """A new one-time link to set a password; the old password and open sessions end."""
        actor, user, reason = self._asked()
        return self._invited(user, services.invitation_renew(actor=actor, user=user, reason=reason))

    @extend_schema(
        request=serializers.WhySerializer, responses={200: serializers.UserSerializer, **REFUSED}
    )
    @action(detail=True, methods=["post"])
    def factors(self, request: Request, pk: str) -> Response:
        """Remove the second factors of somebody who lost them."""
        actor, user, reason = self._asked()
        services.factors_reset(actor=actor, user=user, reason=reason)
        return self._answer(user)

    @extend_schema(
        request=serializers.WhySerializer, responses={200: serializers.UserSerializer, **REFUSED}
    )
    @action(detail=True, methods=["post"], url_path="sign-out")
    def sign_out(self, request: Request, pk: str) -> Response:
        """End all sessions of somebody."""
        actor, user, reason = self._asked()
        services.require_manages(actor=actor, user=user)
        sessions_end_all(user=user, actor=actor.get_username(), reason=reason)
        return self._answer(user)

    @extend_schema(
        request=serializers.EndTokensSerializer,
        responses={200: serializers.UserSerializer, **REFUSED},
    )
    @action(detail=True, methods=["post"], url_path="end-tokens")
    def end_tokens(self, request: Request, pk: str) -> Response:
        """End tokens of somebody, for example because one leaked; all of them unless some are named."""
        actor, user = actor_of(request), self.get_object()
        wanted = valid(serializers.EndTokensSerializer, request)["tokens"]
        require_recent(request)
        services.require_manages(actor=actor, user=user)
        tokens = ApiToken.objects.filter(user=user, revoked_at=None)
        for token in tokens if wanted is None else tokens.filter(pk__in=cast("list[int]", wanted)):
            services.token_revoke(token=token, actor=actor.get_username())
        return self._answer(user)


class UnitViewSet(Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Business units. Administrators of everything make them; those of a unit may rename it."""

    queryset = BusinessUnit.objects.order_by("name")
    serializer_class = serializers.UnitSerializer
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    ordering_fields = ("name", "slug", "created_at")
    acts = {
        "list": "service.view",
        "retrieve": "service.view",
        "create": "unit.manage",
        "partial_update": "unit.manage",
    }

    @extend_schema(
        request=serializers.UnitWriteSerializer,
        responses={201: serializers.UnitSerializer, **REFUSED},
    )
    def create(self, request: Request) -> Response:
        """A new unit."""
        require(actor_of(request), "unit.manage", of=EVERYWHERE)
        wanted = valid(serializers.UnitWriteSerializer, request)
        unit = services.unit_create(actor=actor_of(request), **wanted)  # type: ignore[arg-type]
        return Response(serializers.UnitSerializer(unit).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=serializers.UnitRenameSerializer,
        responses={200: serializers.UnitSerializer, **REFUSED},
    )
    def partial_update(self, request: Request, slug: str) -> Response:
        """Another name; the slug stays, because manifests carry it."""
        unit = self.get_object()
        name = str(valid(serializers.UnitRenameSerializer, request)["name"])
        unit = services.unit_rename(actor=actor_of(request), unit=unit, name=name)
        return Response(serializers.UnitSerializer(unit).data)


class GrantFilter(filters.FilterSet):
    """By person, role and unit."""

    user = filters.NumberFilter(field_name="user", min_value=1, max_value=2**63 - 1)
    unit = filters.CharFilter(field_name="unit__slug")

    class Meta:
        model = Grant
        fields = ("user", "role", "unit")


class GrantViewSet(Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Roles of people. Nobody gives or takes their own."""

    queryset = Grant.objects.select_related("user", "unit").order_by("id")
    serializer_class = serializers.GrantSerializer
    filterset_class = GrantFilter
    ordering_fields = ("id", "role", "created_at")
    acts = dict.fromkeys(("list", "retrieve", "create", "end"), "user.manage")

    @extend_schema(
        request=serializers.GrantWriteSerializer,
        responses={201: serializers.GrantSerializer, **REFUSED},
    )
    def create(self, request: Request) -> Response:
        """Give somebody a role."""
        actor = actor_of(request)
        wanted = valid(serializers.GrantWriteSerializer, request)
        user = get_in(directory.people(actor), wanted.pop("user"))
        unit = unit_of(actor, cast("str | None", wanted.pop("unit")))
        require_recent(request)
        grant = services.grant_give(actor=actor, user=user, unit=unit, **wanted)  # type: ignore[arg-type]
        return Response(serializers.GrantSerializer(grant).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=serializers.WhySerializer, responses={204: None, **REFUSED})
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """Take a role away."""
        grant = self.get_object()
        reason = str(valid(serializers.WhySerializer, request)["reason"])
        require_recent(request)
        services.grant_take(actor=actor_of(request), grant=grant, reason=reason)
        return Response(status=status.HTTP_204_NO_CONTENT)


def actor_of(request: Request) -> User:
    """Whoever asks."""
    return cast(User, request.user)


def described_anyway(user: User) -> User:
    """Somebody who has just left the units that the actor sees."""
    user.shown_grants = []  # type: ignore[attr-defined]
    user.factor = False  # type: ignore[attr-defined]
    return user


def unit_of(actor: User, slug: str | None) -> BusinessUnit | None:
    """The unit that a body names, as far as it is the actor's; None stands for everywhere."""
    if slug is None:
        return None
    return get_visible_or_404(BusinessUnit.objects.all(), actor, "user.manage", slug=slug)


def get_in(rows: QuerySet[User], pk: object) -> User:
    """The person, if they are among these."""
    return get_object_or_404(rows, pk=pk)


def valid(kind: type[BaseSerializer], request: Request) -> dict[str, object]:
    """What the body says, or the error that names its fields."""
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
