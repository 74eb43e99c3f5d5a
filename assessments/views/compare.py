"""Two runs side by side."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from assessments.comparison import Pair, circumstances, counts, pairs
from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.accounts.policy import visible
from shield.evidence.difference import METHOD
from shield.records.choices import RunKind, RunState
from shield.records.models import Run
from shield.records.selectors import runs_listed

MOST_ROWS = 200
SHOW = (
    ("notable", _("What changed")),
    ("new_failure", _("New failures")),
    ("fixed", _("Fixed")),
    ("all", _("Everything")),
)


class RunCompare(PermissionRequired, TemplateView):
    """`?before=…&after=…`; without them, a form that offers runs to choose from."""

    act = "run.view"
    template_name = "assessments/run_compare.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Both runs, what they were made of, and the pairs of measurements."""
        context = super().get_context_data(**kwargs)
        before, after = (self._run(name) for name in ("before", "after"))
        chosen = [run for run in (before, after) if run is not None]
        kinds = {run.kind for run in chosen} or {RunKind.ASSESSED}
        finished = runs_listed().filter(state=RunState.FINISHED, kind__in=kinds)
        offered = visible(finished, self.request.user, "run.view")
        if services := {run.service_id for run in chosen}:
            offered = offered.filter(service__in=services)
        context |= {
            "before": before,
            "after": after,
            "offered": list(offered.order_by("-queued_at")[:50]),
            "choosers": [("before", _("Before"), before), ("after", _("After"), after)],
        }
        if before is None or after is None:
            return context
        found = pairs(before, after)
        show = self.request.GET.get("show", "notable")
        wanted = [pair for pair in found if _is_wanted(pair, show)]
        return context | {
            "other_service": before.service_id != after.service_id,
            "facts": circumstances(before, after),
            "counts": counts(found),
            "total": len(found),
            "pairs": wanted[:MOST_ROWS],
            "hidden": max(0, len(wanted) - MOST_ROWS),
            "show": show,
            "tabs": [
                (key, label, sum(_is_wanted(pair, key) for pair in found), key == show)
                for key, label in SHOW
            ],
            "method": METHOD,
        }

    def _run(self, name: str) -> Run | None:
        text = self.request.GET.get(name, "")
        if not text:
            return None
        try:
            key = UUID(text)
        except ValueError as error:
            raise Http404(text) from error
        rows = Run.objects.select_related("service", "version")
        return get_visible_or_404(
            rows, self.request.user, "run.view", pk=key, state=RunState.FINISHED
        )


def _is_wanted(pair: Pair, show: str) -> bool:
    """`notable`: the verdict changed, a side is missing, or the difference is clear of zero."""
    if show == "notable":
        clear = pair.difference is not None and pair.difference.is_clear
        return pair.kind != "same" or clear
    return show in {"all", pair.kind}
