"""Home: what needs me now, and where things are heading."""

from __future__ import annotations

from django.db.models import F
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.generic import TemplateView

from shield.accounts.pages import PermissionRequired
from shield.accounts.policy import may, visible
from shield.risk.models import Standing
from shield.risk.selectors import cells_of, pillars_asked_for, standings
from shield.web.dashboard import WEEKS, overview_kept
from shield.web.selectors import (
    findings_most_urgent,
    runs_latest,
    services_by_verdict,
    services_overview,
)
from shield.web.tiles import EVERYBODY, MINE, answers

RISKIEST = 8


class HomePage(PermissionRequired, TemplateView):
    """The first page after login."""

    act = "finding.view"
    template_name = "web/home.html"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Who holds no role yet is told so, and what to do."""
        if not may(request.user, self.act):
            return render(request, "web/no_role.html", status=403)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        """Tiles, urgent findings, the riskiest services, and the charts of the chosen span."""
        user = self.request.user
        weeks = self._weeks()
        pillars = pillars_asked_for()
        overview = overview_kept(user, weeks=weeks)
        return super().get_context_data(**kwargs) | {
            "mine": answers(MINE, self.request),
            "everybody": answers(EVERYBODY, self.request),
            "urgent": findings_most_urgent(user),
            "verdicts": services_by_verdict(user),
            "has_services": visible(services_overview(), user, "service.view").exists(),
            "pillars": pillars,
            "riskiest": self._riskiest(pillars),
            "charts": overview.charts,
            "spans": [(span, span == weeks) for span in WEEKS],
            "calendar": overview.calendar,
            "runs": runs_latest(user),
        }

    def _weeks(self) -> int:
        chosen = self.request.GET.get("weeks", "")
        return next((span for span in WEEKS if str(span) == chosen), WEEKS[0])

    def _riskiest(self, pillars: list[str]) -> list[Standing]:
        rows = standings(self.request.user).filter(score__isnull=False)
        found = list(rows.order_by(F("score").desc(), "service__name")[:RISKIEST])
        for row in found:
            row.cells = cells_of(row, pillars)  # type: ignore[attr-defined]
        return found
