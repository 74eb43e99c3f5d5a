"""Runs over the API."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from assessments import selectors, services
from assessments.api.filters import RunFilter
from assessments.api.serializers import (
    GateSerializer,
    RunLogSerializer,
    RunSerializer,
    RunStartSerializer,
)
from assessments.gates import gate_now
from shield.accounts.pages import get_visible_or_404, require
from shield.common.api_views import Acts, ErrorSerializer
from shield.common.errors import Conflict
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.models import Version
from shield.reports.result import result_document


class RunViewSet(Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Runs: start one for a registered version, follow it, cancel it, read its result."""

    queryset = selectors.runs()
    serializer_class = RunSerializer
    filterset_class = RunFilter
    ordering_fields = ("queued_at", "started_at", "finished_at")
    acts = {
        "list": "run.view",
        "retrieve": "run.view",
        "create": "run.start",
        "cancel": "run.cancel",
        "result": "run.view",
        "gate": "run.view",
        "log": "run.view",
    }

    @extend_schema(
        request=RunStartSerializer,
        responses={
            201: RunSerializer, 404: ErrorSerializer, 409: ErrorSerializer, 422: ErrorSerializer,
        },
    )  # fmt: skip
    def create(self, request: Request) -> Response:
        """Start a run; it is queued at once, and a worker executes it."""
        wanted = RunStartSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        version = get_visible_or_404(
            Version.objects.select_related("service__unit"),
            request.user,
            "service.view",
            service__slug=wanted.validated_data["service"],
            label=wanted.validated_data["version"],
        )
        require(request.user, "run.start", version)
        run = services.run_start(
            version=version,
            actor=request.user.get_username(),
            seed=wanted.validated_data["seed"],
        )
        return Response(RunSerializer(run).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: RunSerializer, 409: ErrorSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a run: at once when it is queued, at the next check when it is running."""
        run = services.run_cancel(run_id=self.get_object().pk, actor=request.user.get_username())
        return Response(RunSerializer(run).data)

    @extend_schema(responses={200: OpenApiTypes.OBJECT, 409: ErrorSerializer})
    @action(detail=True, methods=["get"])
    def result(self, request: Request, pk: str) -> Response:
        """The result document, version 1, of a finished run."""
        return Response(result_document(self._finished()))

    @extend_schema(responses={200: GateSerializer, 409: ErrorSerializer})
    @action(detail=True, methods=["get"])
    def gate(self, request: Request, pk: str) -> Response:
        """The gate as it is now: what the run measured, its own policy, and the decisions of today.

        An acceptance that has ended since the run covers nothing here, and one that was approved
        since does.
        """
        run, now = self._finished(), timezone.now()
        return Response({"run": run.pk, "at": now, **gate_now(run, at=now).as_json()})

    def _finished(self) -> Run:
        """The run that was asked for; Conflict when it has no result."""
        run: Run = self.get_object()
        if run.state != RunState.FINISHED:
            raise Conflict(
                "run.no_result",
                f"The run has no result: it is {RunState(run.state).label.lower()}.",
                "Ask again when its state is finished.",
            )
        return run

    @extend_schema(responses={200: RunLogSerializer(many=True)}, filters=False)
    @action(detail=True, methods=["get"], filter_backends=[])
    def log(self, request: Request, pk: str) -> Response:
        """The run's log, the oldest line first."""
        page = self.paginate_queryset(selectors.run_log(self.get_object()))
        return self.get_paginated_response(RunLogSerializer(page, many=True).data)
