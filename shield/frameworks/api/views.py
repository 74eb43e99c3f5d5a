"""Frameworks, coverage and statements over the API."""

from __future__ import annotations

from typing import cast

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shield.accounts.models import User
from shield.accounts.pages import get_visible_or_404
from shield.common.api_views import Acts, ErrorSerializer
from shield.frameworks import selectors, services
from shield.frameworks.api import filters, serializers
from shield.frameworks.catalogue import Framework, frameworks
from shield.frameworks.choices import MEASURED_NAMES, STATED_NAMES
from shield.frameworks.models import CoverageRow, Statement
from shield.frameworks.selectors import Totals
from shield.frameworks.steps import steps
from shield.frameworks.views.coverage import coverage_line
from shield.registry.models import Service


def _framework(name: str) -> Framework:
    found = frameworks().get(name)
    if found is None:
        raise Http404
    return found


def _totals(item: Totals) -> dict[str, object]:
    framework = item.framework
    return {
        "id": framework.id,
        "title": framework.title,
        "publisher": framework.publisher,
        "edition": framework.edition,
        "proposed": framework.proposed,
        "applies_from": framework.applies_from,
        "source": framework.source,
        "note": framework.note,
        "services": item.services,
        **item.counts,
    }


class FrameworkListView(Acts, APIView):
    """The frameworks that this installation knows."""

    acts = {"GET": "framework.view"}

    @extend_schema(
        operation_id="frameworks_list", responses={200: serializers.FrameworkSerializer(many=True)}
    )
    def get(self, request: Request) -> Response:
        """Every framework with its coverage over the services that you may see."""
        return Response([_totals(item) for item in selectors.framework_totals(request.user)])


class FrameworkView(Acts, APIView):
    """One framework."""

    acts = {"GET": "framework.view"}

    @extend_schema(
        responses={200: serializers.FrameworkDetailSerializer, 404: ErrorSerializer},
    )
    def get(self, request: Request, framework: str) -> Response:
        """Its requirements, what answers each, and how many services stand in which state."""
        found = _framework(framework)
        total = next(
            item
            for item in selectors.framework_totals(request.user)
            if item.framework.id == found.id
        )
        rows = [
            {
                "id": item.requirement.id,
                "title": item.requirement.title,
                "group": item.requirement.group,
                "evidence": [
                    {"checks": list(e.checks), "fresh_days": e.fresh_days, "outcome": e.outcome}
                    for e in item.requirement.evidence
                ],
                "statement": item.requirement.statement,
                "measured": {
                    name: item.measured[state.value] for state, name in MEASURED_NAMES.items()
                },
                "stated": {name: item.stated[state.value] for state, name in STATED_NAMES.items()},
            }
            for item in selectors.requirement_totals(request.user, found)
        ]
        return Response(_totals(total) | {"requirements": rows})


class ServiceFrameworkView(Acts, APIView):
    """A framework as one service covers it."""

    acts = {"GET": "framework.view"}

    @extend_schema(
        responses={200: serializers.ServiceFrameworkSerializer, 404: ErrorSerializer},
    )
    def get(self, request: Request, slug: str, framework: str) -> Response:
        """Every requirement with its state and, where something is missing, the next step."""
        found = _framework(framework)
        service = get_visible_or_404(
            Service.objects.select_related("unit"), request.user, "framework.view", slug=slug
        )
        covered = selectors.service_coverage(service, found)
        rows = [
            coverage_line(line)
            | {
                "steps": [
                    {"text": step.text, "url": step.url, "command": step.command}
                    for step in (steps(line, covered, service) if line.missing else ())
                ]
            }
            for line in covered.lines
        ]
        return Response(
            {
                "service": service.slug,
                "framework": found.id,
                "declared": found.id in service.frameworks,
                "gaps": len(covered.gaps),
                "requirements": rows,
            }
        )


class CoverageViewSet(Acts, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Coverage of every framework by every service that declares it."""

    queryset = CoverageRow.objects.select_related("service").filter(service__retired_at=None)
    serializer_class = serializers.CoverageSerializer
    filterset_class = filters.CoverageApiFilter
    ordering_fields = ("framework", "gaps", "holds", "fails", "stale", "signed")
    acts = {"list": "framework.view"}

    def paginate_queryset(self, queryset: QuerySet) -> list[CoverageRow] | None:
        """A page of rows, those that are due computed now."""
        rows = cast("list[CoverageRow] | None", super().paginate_queryset(queryset))
        if rows is not None:
            selectors.rows_afresh(rows)
        return rows


class StatementViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Signed statements: versions that expire, are replaced or withdrawn, and are never changed."""

    queryset = Statement.objects.select_related("service", "unit")
    serializer_class = serializers.StatementSerializer
    filterset_class = filters.StatementApiFilter
    ordering_fields = ("id", "signed_at", "expires_at")
    lookup_value_regex = r"\d+"
    acts = {
        "list": "framework.view",
        "retrieve": "framework.view",
        "create": "statement.sign",
        "withdraw": "statement.sign",
    }

    def get_queryset(self) -> QuerySet[Statement]:
        """What speaks for the whole organisation is readable by all who may read frameworks."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return selectors.statements_seen(self.request.user)

    def check_object_permissions(self, request: Request, obj: Statement) -> None:
        """Reading is decided by `get_queryset` alone: a unit's people read what speaks for all."""
        if self.action != "retrieve":
            super().check_object_permissions(request, obj)

    @extend_schema(
        request=serializers.StatementSignSerializer,
        responses={
            201: serializers.StatementSerializer,
            400: ErrorSerializer,
            422: ErrorSerializer,
        },
    )
    def create(self, request: Request) -> Response:
        """Sign a new version."""
        wanted = serializers.StatementSignSerializer(
            data=request.data, context={"request": request}
        )
        wanted.is_valid(raise_exception=True)
        data = dict(wanted.validated_data)
        slug, service = data.pop("service", None), None
        if slug is not None:
            service = get_visible_or_404(
                Service.objects.select_related("unit"), request.user, "framework.view", slug=slug
            )
        signed = services.statement_sign(**data, service=service, actor=cast(User, request.user))
        shown = serializers.StatementSerializer(signed)
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=serializers.StatementWithdrawSerializer,
        responses={200: serializers.StatementSerializer, 409: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take it back, with a reason."""
        statement = cast(Statement, self.get_object())
        wanted = serializers.StatementWithdrawSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        done = services.statement_withdraw(
            statement=statement,
            reason=wanted.validated_data["reason"],
            actor=cast(User, request.user),
        )
        return Response(serializers.StatementSerializer(done).data)
