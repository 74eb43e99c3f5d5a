"""Prometheus: Django's own numbers, and what an operator of this product asks.

Ours are read from the database when Prometheus asks, so every process answers the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_prometheus.exports import ExportToDjangoView
from drf_spectacular.utils import extend_schema
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from shield.accounts.permissions import PolicyPermission
from shield.audit.models import Verification
from shield.audit.sealing import unsealed_count
from shield.audit.selectors import LATE
from shield.common.api_views import Acts
from shield.findings.selectors import counts_by_severity
from shield.records.choices import RunState
from shield.records.models import Run

log = structlog.get_logger(__name__)

LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})
FORWARDED: Final = ("X-Forwarded-For", "X-Real-Ip", "Forwarded")


class OnThisMachine(BasePermission):
    """Asked directly from this machine. A proxy on it does not count: it speaks for others.

    A proxy that adds no header cannot be told from Prometheus itself. So this door is open only in the
    embedded profile, which has no proxy; production asks for a token unless the settings say else.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for a loopback address without any trace of a proxy."""
        if not settings.METRICS_FROM_LOOPBACK or settings.TRUSTED_PROXIES:
            return False
        if any(name in request.headers for name in FORWARDED):
            return False
        return request.META.get("REMOTE_ADDR") in LOOPBACK


@extend_schema(exclude=True)
class MetricsView(Acts, APIView):
    """`/metrics` in Prometheus's text format."""

    acts = {"GET": "operations.view"}
    permission_classes = [OnThisMachine | PolicyPermission]

    def get(self, request: Request) -> HttpResponse:
        """Django's metrics, then ours."""
        django: HttpResponse = ExportToDjangoView(_plain(request))
        return HttpResponse(
            django.content + generate_latest(_registry()), content_type=django["Content-Type"]
        )


def _plain(request: Request) -> HttpRequest:
    return request._request


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(ProductCollector())
    return registry


class ProductCollector(Collector):
    """Runs by state, active findings by severity, and how long the oldest run has waited."""

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not ask the database."""
        return []

    def collect(self) -> Iterable[Metric]:
        """The numbers of now; only `shield_database_up 0` when the database is away."""
        try:
            found = [_runs(), _findings(), _queue(), *_audit()]
        except (DatabaseError, InterfaceError) as error:
            log.warning("metrics_without_database", error=str(error))
            found = []
        up = GaugeMetricFamily("shield_database_up", "1 when the database answered this request")
        up.add_metric([], float(bool(found)))
        return [up, *found]


def _runs() -> GaugeMetricFamily:
    family = GaugeMetricFamily("shield_runs", "Runs by state", labels=["state"])
    rows = Run.objects.order_by().values("state").annotate(count=Count("id"))
    counts = {row["state"]: row["count"] for row in rows}
    for state in RunState:
        family.add_metric([state.value], counts.get(state.value, 0))
    return family


def _findings() -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "shield_findings_active", "Findings that ask for work, by severity", labels=["severity"]
    )
    for severity, count in counts_by_severity().items():
        family.add_metric([severity.value], count)
    return family


def _queue() -> GaugeMetricFamily:
    family = GaugeMetricFamily(
        "shield_queue_oldest_seconds", "Age of the run that has waited longest; 0 when none waits"
    )
    oldest = Run.objects.filter(state=RunState.QUEUED).aggregate(oldest=Min("queued_at"))["oldest"]
    age = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    family.add_metric([], max(age, 0.0))
    return family


def _audit() -> list[GaugeMetricFamily]:
    """What an alert on the audit trail needs: `late` above 0, `intact` 0, or verified too long ago."""
    waiting = GaugeMetricFamily(
        "shield_audit_unsealed", "Events that wait for the sealer, by patience", labels=["waiting"]
    )
    waiting.add_metric(["all"], unsealed_count())
    waiting.add_metric(["late"], unsealed_count(older_than=LATE))
    last = Verification.objects.first()
    if last is None:
        return [waiting]
    intact = GaugeMetricFamily("shield_audit_intact", "1 when the last verification found no break")
    intact.add_metric([], float(last.intact))
    verified = GaugeMetricFamily(
        "shield_audit_verified_timestamp_seconds", "When the audit trail was last verified"
    )
    verified.add_metric([], last.at.timestamp())
    return [waiting, intact, verified]
