"""What served when, what nobody answers for, owners and badges, over the API."""

from __future__ import annotations

from typing import Any, cast

from django.core.exceptions import ValidationError as FormError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shield.accounts.api.fields import ColleagueField
from shield.accounts.pages import get_visible_or_404, require
from shield.common.api_filters import MomentField
from shield.common.api_views import Acts, ErrorSerializer
from shield.common.pagination import Pages
from shield.registry.badges import badge_disable, badge_issue
from shield.registry.models import Deployment, Service, ServiceBadge
from shield.registry.owners import deputies_set, service_reassign
from shield.web.moment import serving_at, with_evidence
from shield.web.orphans import orphans
from shield.web.views.moment import serving_facts
from shield.web.views.orphans import export_rows


class ServingSerializer(serializers.Serializer):
    """One version that served at the moment, with the last assessment of it that had ended by then."""

    at = serializers.DateTimeField()
    service = serializers.CharField()
    name = serializers.CharField()
    environment = serializers.CharField()
    version = serializers.CharField()
    artefact_sha256 = serializers.CharField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    run = serializers.UUIDField(allow_null=True)
    outcome = serializers.CharField(allow_null=True)
    evidence_at = serializers.DateTimeField(allow_null=True)


class OrphanSerializer(serializers.Serializer):
    """One thing that nobody with an active account answers for."""

    kind = serializers.CharField(
        help_text="service, findings, proposal, statement, incident, token"
    )
    id = serializers.CharField()
    text = serializers.CharField()
    service = serializers.CharField(allow_blank=True)
    person = serializers.CharField()


class OwnerSerializer(serializers.Serializer):
    """Who answers for the service, and who acts when that person cannot."""

    owner = ColleagueField(act="service.change", required=False)
    deputies = ColleagueField(act="service.change", many=True, required=False)
    reason = serializers.CharField(max_length=2000)


class BadgeSerializer(serializers.Serializer):
    """The address of the badge; empty while it is off."""

    enabled = serializers.BooleanField()
    url = serializers.CharField(allow_blank=True, help_text="whoever has it sees the badge")


class ServingPageSerializer(serializers.Serializer):
    """A page of what served at a moment."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ServingSerializer(many=True)


class OrphanPageSerializer(serializers.Serializer):
    """A page of what nobody answers for."""

    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = OrphanSerializer(many=True)


class InProductionView(Acts, APIView):
    """What was in production when."""

    acts = {"GET": "service.view"}

    @extend_schema(
        parameters=[OpenApiParameter("at", OpenApiTypes.DATETIME, description="now by default")],
        responses={200: ServingPageSerializer, 400: ErrorSerializer},
    )
    def get(self, request: Request) -> Response:
        """Every version that served at that moment, with its evidence as of then."""
        asked = request.query_params.get("at")
        at = timezone.now()
        if asked:
            try:
                at = MomentField().clean(asked) or at
            except FormError as error:
                raise serializers.ValidationError({"at": error.messages}) from error
        pages = Pages()
        rows: QuerySet[Deployment] = serving_at(request.user, at)
        page = cast("list[Deployment]", pages.paginate_queryset(rows, request, view=self))
        return pages.get_paginated_response(
            [serving_facts(each, at) for each in with_evidence(page)]
        )


class OrphansView(Acts, APIView):
    """What nobody answers for."""

    acts = {"GET": "service.view"}

    @extend_schema(
        parameters=[
            OpenApiParameter("page", OpenApiTypes.INT),
            OpenApiParameter("page_size", OpenApiTypes.INT),
        ],
        responses={200: OrphanPageSerializer},
    )
    def get(self, request: Request) -> Response:
        """Services, findings, proposals, statements, incidents and tokens of people who left."""
        pages = Pages()
        rows: Any = export_rows(orphans(request.user))
        return pages.get_paginated_response(pages.paginate_queryset(rows, request, view=self))


class OwnerView(Acts, APIView):
    """The owner of a service, and deputies."""

    acts = {"POST": "service.change"}

    @extend_schema(request=OwnerSerializer, responses={200: OwnerSerializer, 400: ErrorSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Give the service to somebody, or name who acts for them."""
        service = _service(request, slug, "service.change")
        asked = OwnerSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        wanted: dict[str, Any] = dict(asked.validated_data)
        how: dict[str, str] = {
            "actor": request.user.get_username(), "reason": str(wanted["reason"]),
        }  # fmt: skip
        if "owner" in wanted:
            service_reassign(service=service, owner=wanted["owner"], **how)
        if "deputies" in wanted:
            deputies_set(service=service, deputies=wanted["deputies"], **how)
        service.refresh_from_db()
        names = service.deputies.order_by("username").values_list("username", flat=True)
        owner = service.owner_user.get_username() if service.owner_user else service.owner
        return Response({"owner": owner, "deputies": list(names), "reason": wanted["reason"]})


class BadgeWishSerializer(serializers.Serializer):
    """On: a new address, which ends an older one. Off: no address."""

    enabled = serializers.BooleanField()
    reason = serializers.CharField(max_length=2000, required=False, default="")


class BadgeView(Acts, APIView):
    """The badge of a service."""

    acts = {"GET": "service.view", "POST": "service.change"}
    secret_answers = ("POST",)

    @extend_schema(responses={200: BadgeSerializer})
    def get(self, request: Request, slug: str) -> Response:
        """Its address."""
        return self._answer(request, _service(request, slug, "service.view"))

    @extend_schema(request=BadgeWishSerializer, responses={200: BadgeSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Make it, renew its address, or switch it off."""
        service = _service(request, slug, "service.change")
        asked = BadgeWishSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        act = badge_issue if asked.validated_data["enabled"] else badge_disable
        act(
            service=service,
            actor=request.user.get_username(),
            reason=asked.validated_data["reason"],
        )
        return self._answer(request, service)

    def _answer(self, request: Request, service: Service) -> Response:
        badge = ServiceBadge.objects.filter(service=service, enabled=True).first()
        path = f"{reverse('badge', args=[service.slug])}?token={badge.token}" if badge else ""
        url = request.build_absolute_uri(path) if path else ""
        return Response({"enabled": badge is not None, "url": url})


def _service(request: Request, slug: str, act: str) -> Service:
    rows = Service.objects.select_related("unit", "owner_user")
    service = get_visible_or_404(rows, request.user, "service.view", slug=slug)
    require(request.user, act, service)
    return service
