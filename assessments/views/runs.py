"""The list of runs, one run, and one check of a run."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from assessments.filters import MeasurementFilter
from assessments.results import mark_findings, results_by_check, unmeasured_by_reason
from assessments.tables import RunTable
from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.accounts.policy import visible
from shield.common.listing import ListPage, active_chips
from shield.records.choices import RunState
from shield.records.filters import RunFilter
from shield.records.models import CheckRecord, MeasurementRecord, Run
from shield.records.selectors import runs_listed
from shield.reports.definitions import DEFINITIONS

LOG_LINES = 200
DOWNLOADS = (
    ("json", "JSON"),
    ("sarif", "SARIF"),
    ("junit", "JUnit XML"),
    ("md", "Markdown"),
    ("html", "HTML"),
    ("pdf", "PDF"),
)


class RunList(PermissionRequired, ListPage[Run]):
    """All runs, latest first."""

    act = "run.view"
    model = Run
    table_class = RunTable
    filterset_class = RunFilter
    template_name = "assessments/run_list.html"
    title = _("Runs")
    export_name = "runs"
    export_columns = (
        "run", "service", "version", "state", "outcome", "planned", "measured", "queued_at",
        "finished_at", "requested_by",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Run]:
        rows = runs_listed().order_by("-queued_at")
        return visible(rows, self.request.user, "run.view")

    def export_row(self, item: Run) -> dict[str, object]:
        return {
            "run": str(item.pk),
            "service": item.service.slug,
            "version": item.version.label,
            "state": item.state,
            "outcome": item.outcome,
            "planned": item.coverage.get("planned"),
            "measured": item.coverage.get("measured"),
            "queued_at": item.queued_at.isoformat(),
            "finished_at": item.finished_at.isoformat() if item.finished_at else None,
            "requested_by": item.requested_by,
        }


def find_run(run_id: object, user: object) -> Run:
    """The run with what every page of it shows; 404 when there is none that the user may see."""
    rows = Run.objects.select_related("service", "version").prefetch_related("checks", "datasets")
    return get_visible_or_404(rows, user, "run.view", pk=run_id)


def live_context(run: Run) -> dict[str, object]:
    """Progress and log, for the page and for its polling."""
    checks = list(run.checks.all())
    log = list(run.log.order_by("-id")[:LOG_LINES])
    return {
        "run": run,
        "ended": run.state in RunState.ended(),
        "checks_total": len(checks) or len(run.plan),
        "checks_done": sum(record.finished_at is not None for record in checks),
        "log": log[::-1],
    }


class RunPage(PermissionRequired, TemplateView):
    """One run: live while it works, then its verdicts with all their evidence."""

    act = "run.view"
    template_name = "assessments/run_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The run, its results by check under the filters of the address, and its neighbour."""
        run = find_run(self.kwargs["pk"], self.request.user)
        pillars = sorted({record.pillar for record in run.checks.all()})
        filterset = MeasurementFilter(
            self.request.GET or None,
            queryset=MeasurementRecord.objects.filter(check_record__run=run),
            pillars=pillars,
        )
        usable = not filterset.is_bound or filterset.is_valid()
        measurements = list(filterset.qs) if usable else []
        chips = list(active_chips(filterset.form, self.request.GET))
        mark_findings(run, measurements)
        results = results_by_check(run, measurements, narrowed=bool(chips))
        unmeasured = unmeasured_by_reason(results)
        earlier = Run.objects.filter(
            service=run.service_id, kind=run.kind, source=run.source,
            state=RunState.FINISHED, queued_at__lt=run.queued_at,
        )  # fmt: skip
        return (
            super().get_context_data(**kwargs)
            | live_context(run)
            | {
                "filter": filterset,
                "chips": chips,
                "kept": [],
                "results": [group for group in results if group.is_measured],
                "unmeasured": unmeasured,
                "unmeasured_total": sum(len(groups) for _, groups in unmeasured),
                "previous": earlier.order_by("-queued_at").first(),
                "downloads": DOWNLOADS,
                "submission": run.submissions.only("id", "run_id").first(),
            }
        )


class RunLive(PermissionRequired, View):
    """The part of a run's page that renews itself; tells the page to reload when the run has ended."""

    act = "run.view"

    def get(self, request: HttpRequest, pk: object) -> HttpResponse:
        """The fragment, in a fixed number of small queries."""
        context = live_context(find_run(pk, request.user))
        response = render(request, "assessments/live.html", context)
        if context["ended"]:
            response["HX-Refresh"] = "true"
        return response


class RunCheckPage(PermissionRequired, TemplateView):
    """One check of a run with every slice, its chart and its definition."""

    act = "run.view"
    template_name = "assessments/check_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The check's record, all its measurements, and what the check says about itself."""
        run = find_run(self.kwargs["pk"], self.request.user)
        record = get_object_or_404(CheckRecord, run=run, check_id=self.kwargs["check_id"])
        measurements = list(record.measurements.all())
        mark_findings(run, measurements)
        (results,) = [
            group
            for group in results_by_check(run, measurements, narrowed=False)
            if group.record.pk == record.pk
        ]
        return super().get_context_data(**kwargs) | {
            "run": run,
            "results": results,
            "definition": DEFINITIONS.get(record.check_id),
        }
