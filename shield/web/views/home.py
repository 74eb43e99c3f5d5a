"""Home: what needs me now. Every number is counted with the filter of the list that it opens."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from django_filters import FilterSet

from shield.accounts.pages import PermissionRequired
from shield.accounts.policy import visible
from shield.common.counting import count_rows
from shield.findings.filters import FindingFilter
from shield.findings.models import Finding
from shield.records.filters import RunFilter
from shield.records.models import Run
from shield.web.filters import ServiceFilter
from shield.web.selectors import (
    findings_most_urgent,
    recent_runs,
    runs_latest,
    services_by_verdict,
    services_overview,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One question of the home page: the list that answers it, and how grave a number above 0 is."""

    label: str | Promise
    note: str | Promise
    icon: str
    tone: str
    route: str
    query: str
    filterset: type[FilterSet]

    def answer(self, request: HttpRequest) -> dict[str, object]:
        """The number, by the very filter that the linked list uses."""
        rows = visible(_rows(self), request.user, f"{self.route.partition('-')[0]}.view")
        filterset = self.filterset(QueryDict(self.query), queryset=rows, request=request)
        return {
            "tile": self,
            "total": count_rows(filterset.qs),
            "url": f"{reverse(self.route)}?{self.query}",
        }


def _rows(tile: Tile) -> QuerySet:
    if tile.filterset is ServiceFilter:
        return services_overview()
    return Finding.objects.all() if tile.filterset is FindingFilter else Run.objects.all()


FINDINGS, RUNS, SERVICES = "finding-list", "run-list", "service-list"
TILES = (
    Tile(
        _("Overdue findings"), _("past their due date"), "clock-exclamation", "fail",
        FINDINGS, "clock=overdue", FindingFilter,
    ),
    Tile(
        _("New critical and high"), _("opened in the last 7 days"), "alert-triangle", "high",
        FINDINGS, "severity=critical&severity=high&opened=7&show=active", FindingFilter,
    ),
    Tile(
        _("Assigned to me"), _("active findings"), "user-check", "info",
        FINDINGS, "owner=me&show=active", FindingFilter,
    ),
    Tile(
        _("Runs in progress"), _("queued or running"), "loader-2", "info",
        RUNS, "state=queued&state=running", RunFilter,
    ),
    Tile(
        _("Runs without a result"), _("failed or errored, last 7 days"), "bug", "error",
        RUNS, "state=failed&state=errored&queued=7", RunFilter,
    ),
    Tile(
        _("Services without fresh evidence"), _("never assessed, or stale"), "circle-dashed",
        "grey", SERVICES, "freshness=never&freshness=stale", ServiceFilter,
    ),
)  # fmt: skip


class HomePage(PermissionRequired, TemplateView):
    """The first page after login."""

    act = "finding.view"
    template_name = "web/home.html"

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Tiles, the most urgent findings, verdicts of all services and the latest runs."""
        user = self.request.user
        services = visible(services_overview(), user, "service.view").order_by("name")
        shown = list(services[:6])
        return super().get_context_data(**kwargs) | {
            "tiles": [tile.answer(self.request) for tile in TILES],
            "urgent": findings_most_urgent(user),
            "verdicts": services_by_verdict(user),
            "services": shown,
            "strips": recent_runs(shown),
            "runs": runs_latest(user),
        }
