"""The list of findings, and its file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shield.accounts.pages import PermissionRequired
from shield.accounts.policy import may, visible
from shield.common.counting import count_rows
from shield.common.listing import ListPage
from shield.findings.bulk import ACTS, MOST
from shield.findings.choices import FindingState
from shield.findings.exporting import COLUMNS, export_row, with_measurement
from shield.findings.filters import CLAIMS, SHOW, FindingFilter
from shield.findings.forms_bulk import LABELS
from shield.findings.models import Finding
from shield.findings.selectors import DOCUMENTS, findings_to_confirm
from shield.findings.tables import FindingTable, gravest_first
from shield.findings.transitions import TABLE


class FindingList(PermissionRequired, ListPage[Finding]):
    """All findings; without a choice of state, those that ask for work."""

    act = "finding.view"
    model = Finding
    table_class = FindingTable
    filterset_class = FindingFilter
    template_name = "findings/finding_list.html"
    title = _("Findings")
    export_name = "findings"
    export_columns = COLUMNS

    def get_queryset(self) -> QuerySet[Finding]:
        rows = Finding.objects.select_related("service", "assignee").defer(*DOCUMENTS)
        return gravest_first(visible(rows, self.request.user, "finding.view"))

    def get_filterset_kwargs(self, filterset_class: type[FindingFilter]) -> dict[str, Any]:
        """Unless the address says which states to show, show the active ones."""
        kwargs = super().get_filterset_kwargs(filterset_class)
        return kwargs | {"data": with_default_tab(self.request.GET.copy())}

    def get_table_kwargs(self) -> dict[str, Any]:
        """Boxes to tick only for those who can do something with them."""
        chosen = super().get_table_kwargs()
        return chosen if self.bulk_acts() else chosen | {"exclude": ("chosen",)}

    def bulk_acts(self) -> list[tuple[str, object]]:
        """What this user may do to several findings at once."""
        user = self.request.user
        return [
            (name, LABELS[name])
            for name, (_plan, move) in ACTS.items()
            if any(may(user, act) for act in TABLE[move].acts)
        ]

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The list plus its tabs with their counts; the tab is not a chip."""
        context = super().get_context_data(**kwargs)
        active = Q(state__in=FindingState.active())
        seen = visible(Finding.objects.all(), self.request.user, "finding.view")
        totals = {
            "active": count_rows(seen.filter(active)),
            "done": count_rows(seen.exclude(active)),
        }
        totals["all"] = totals["active"].plus(totals["done"])
        if may(self.request.user, "false_positive.decide"):
            totals[CLAIMS] = count_rows(findings_to_confirm(seen, self.request.user))
        shown = context["filter"].data["show"]
        return context | {
            "chips": [chip for chip in context["chips"] if chip.label != str(_("Show"))],
            "tabs": [
                (key, label, totals[key], key == shown) for key, label in SHOW if key in totals
            ],
            "is_filtered": any(key not in {"show", "sort", "page"} for key in self.request.GET)
            or bool(totals["all"]),
            "bulk_acts": self.bulk_acts(),
            "bulk_most": MOST,
        }

    def export_items(self, queryset: QuerySet[Finding]) -> Iterable[Finding]:
        rows = with_measurement(queryset.select_related("service__unit", "assignee"))
        return rows.iterator(chunk_size=500)

    def export_row(self, item: Finding) -> dict[str, object]:
        return export_row(item)


def with_default_tab(data: Any) -> Any:  # noqa: ANN401  (a mutable QueryDict)
    """Unless somebody chose, the tab of what asks for work; a search looks everywhere."""
    if not data.get("show"):
        data["show"] = "all" if data.get("state") or data.get("q") else "active"
    return data
