"""Acceptances and false positives over the API: read them, decide them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from shield.common.api_views import Acts, ErrorSerializer
from shield.findings import selectors, services
from shield.findings.api import filters, requests, serializers
from shield.findings.api.views import actor, valid


def _answers(kind: type) -> dict[int, type]:
    errors = dict.fromkeys((400, 403, 409, 422), ErrorSerializer)
    return {200: kind, **errors}


class AcceptanceViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Time-limited decisions of a second person to live with a finding. They are proposed at it."""

    queryset = selectors.with_evidence(selectors.acceptances_all())
    serializer_class = serializers.AcceptanceSerializer
    filterset_class = filters.AcceptanceFilter
    ordering_fields = ("id", "expires_at", "proposed_at", "decided_at", "status")
    lookup_value_regex = r"\d+"
    acts = {
        "list": "finding.view",
        "retrieve": "finding.view",
        "approve": "acceptance.decide",
        "reject": "acceptance.decide",
        "withdraw": "finding.view",  # who proposes and who decides may; the service asks for either
    }

    @extend_schema(
        request=requests.DecideSerializer, responses=_answers(serializers.AcceptanceSerializer)
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Accept the risk, at once and until its date. Nobody approves what they proposed."""
        return self._decide(services.acceptance_approve)

    @extend_schema(
        request=requests.DecideSerializer, responses=_answers(serializers.AcceptanceSerializer)
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Refuse the proposal; the finding stays what it is."""
        return self._decide(services.acceptance_reject)

    @extend_schema(
        request=requests.DecideSerializer, responses=_answers(serializers.AcceptanceSerializer)
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take a proposal back, or end an active acceptance: then its finding is open again."""
        return self._decide(services.acceptance_withdraw)

    def _decide(self, service: Callable[..., Any]) -> Response:
        acceptance = self.get_object()
        wanted = valid(requests.DecideSerializer, self.request)
        service(acceptance=acceptance, actor=actor(self.request), **wanted)
        shown = self.get_queryset().get(pk=self.kwargs["pk"])
        return Response(serializers.AcceptanceSerializer(shown).data)


class FalsePositiveViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Claims that a failure is none, with their evidence. They are proposed at a finding."""

    queryset = selectors.with_evidence(selectors.false_positives_all())
    serializer_class = serializers.FalsePositiveSerializer
    filterset_class = filters.FalsePositiveFilter
    ordering_fields = ("id", "proposed_at", "decided_at", "status")
    lookup_value_regex = r"\d+"
    acts = {
        "list": "finding.view",
        "retrieve": "finding.view",
        "confirm": "false_positive.decide",
        "reject": "false_positive.decide",
        "withdraw": "false_positive.propose",
    }

    @extend_schema(
        request=requests.DecideSerializer, responses=_answers(serializers.FalsePositiveSerializer)
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Agree that it is none. Nobody confirms what they proposed."""
        return self._decide(services.false_positive_confirm)

    @extend_schema(
        request=requests.DecideSerializer, responses=_answers(serializers.FalsePositiveSerializer)
    )
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Disagree; the finding stays what it is."""
        return self._decide(services.false_positive_reject)

    @extend_schema(
        request=requests.DecideSerializer, responses=_answers(serializers.FalsePositiveSerializer)
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take the claim back before anybody decided."""
        return self._decide(services.false_positive_withdraw)

    def _decide(self, service: Callable[..., Any]) -> Response:
        claim = self.get_object()
        wanted = valid(requests.DecideSerializer, self.request)
        service(claim=claim, actor=actor(self.request), **wanted)
        shown = self.get_queryset().get(pk=self.kwargs["pk"])
        return Response(serializers.FalsePositiveSerializer(shown).data)
