"""Incidents over the API."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from shield.accounts.models import User
from shield.accounts.pages import get_visible_or_404
from shield.common.api_views import Acts, ErrorSerializer
from shield.incidents import selectors, services
from shield.incidents.api import filters, serializers
from shield.incidents.models import Incident
from shield.incidents.transitions import Move
from shield.registry.models import Service


class IncidentViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Incidents: what happened, on which version, whom it harmed, and what was learned."""

    queryset = selectors.incidents_all()
    serializer_class = serializers.IncidentSerializer
    filterset_class = filters.IncidentApiFilter
    ordering_fields = ("id", "noticed_at", "notify_by", "severity", "state", "updated_at")
    lookup_value_regex = r"\d+"
    acts = {
        "list": "incident.view",
        "retrieve": "incident.view",
        "create": "incident.report",
        "comment": "incident.report",
        "partial_update": "incident.manage",
        "move": "incident.manage",
    }

    @extend_schema(responses={200: serializers.IncidentDetailSerializer})
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One incident with its findings and timeline."""
        return self._answer(self.get_object())

    @extend_schema(
        request=serializers.IncidentReportSerializer,
        responses={
            201: serializers.IncidentDetailSerializer, 400: ErrorSerializer, 422: ErrorSerializer,
        },
    )  # fmt: skip
    def create(self, request: Request) -> Response:
        """Report an incident."""
        facts = _valid(serializers.IncidentReportSerializer, request)
        service = get_visible_or_404(
            Service.objects.select_related("unit"),
            request.user,
            "service.view",
            slug=facts.pop("service"),
        )
        incident = services.incident_report(
            service=service, actor=cast(User, request.user), **facts
        )
        return self._answer(incident, status.HTTP_201_CREATED)

    @extend_schema(
        request=serializers.IncidentChangeSerializer,
        responses={
            200: serializers.IncidentDetailSerializer, 400: ErrorSerializer, 412: ErrorSerializer,
        },
    )  # fmt: skip
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change facts, with a reason; `If-Match` refuses what somebody else changed meanwhile."""
        incident = cast(Incident, self.get_object())
        asked = serializers.IncidentChangeSerializer(
            data=request.data, partial=True, context={"request": request}
        )
        asked.is_valid(raise_exception=True)
        facts = dict(asked.validated_data)
        changed = services.incident_change(
            incident=incident,
            reason=str(facts.pop("reason", "")),
            findings=facts.pop("findings", None),
            changes=facts,
            actor=cast(User, request.user),
        )
        return self._answer(changed)

    @extend_schema(
        request=serializers.IncidentMoveSerializer,
        responses={
            200: serializers.IncidentDetailSerializer, 409: ErrorSerializer, 422: ErrorSerializer,
        },
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Take it to its next state. Closing asks for its root cause and its lessons."""
        incident = cast(Incident, self.get_object())
        wanted = _valid(serializers.IncidentMoveSerializer, request)
        moved = services.incident_move(
            incident=incident,
            move=Move(wanted["move"]),
            reason=wanted["reason"],
            actor=cast(User, request.user),
        )
        return self._answer(moved)

    @extend_schema(
        request=serializers.IncidentCommentSerializer,
        responses={201: serializers.IncidentEntrySerializer, 400: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: str) -> Response:
        """Add to the timeline."""
        incident = cast(Incident, self.get_object())
        text = _valid(serializers.IncidentCommentSerializer, request)["text"]
        entry = services.incident_comment(
            incident=incident, text=text, actor=cast(User, request.user)
        )
        shown = serializers.IncidentEntrySerializer(entry)
        return Response(shown.data, status=status.HTTP_201_CREATED)

    def _answer(self, incident: Incident, code: int = status.HTTP_200_OK) -> Response:
        rows = self.get_queryset().prefetch_related("findings", "timeline")
        shown = serializers.IncidentDetailSerializer(rows.get(pk=incident.pk))
        return Response(shown.data, status=code)


def _valid(kind: type[BaseSerializer], request: Request) -> dict[str, Any]:
    serializer = kind(data=request.data, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
