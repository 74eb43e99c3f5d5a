"""The heat map of services and pillars, and one service's risk with its reasons."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from django_tables2 import Table

from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.common.listing import ListPage
from shield.registry.models import Service
from shield.risk.appetite.selectors import appetites_in_force
from shield.risk.charts import waterfall
from shield.risk.filters import StandingFilter
from shield.risk.models import PolicyException, Standing
from shield.risk.policies.versions import cadences
from shield.risk.score import MATERIALITY
from shield.risk.selectors import (
    breach_lines,
    cells_of,
    pillars_asked_for,
    reason_lines,
    service_standing,
    standings,
    unit_positions,
)
from shield.risk.tables import StandingTable, pillar_column
from shield.risk.tiering.selectors import tierings


class RiskList(PermissionRequired, ListPage[Standing]):
    """Services × pillars, the highest score first."""

    act = "risk.view"
    model = Standing
    table_class = StandingTable
    filterset_class = StandingFilter
    template_name = "risk/risk_list.html"
    title = _("Risk")
    export_name = "risk"
    export_columns = (
        "service", "name", "unit", "tier", "score", "verdict", "evidence", "fresh_until",
        "superseded", "critical", "high", "medium", "low", "info", "accepted", "in_breach",
        "breaches", "pillars",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Standing]:
        score = F("score").desc(nulls_last=True)
        return standings(self.request.user).order_by(score, "service__name")

    def get_table_kwargs(self) -> dict[str, Any]:
        """A column for every pillar that a policy asks for."""
        self.pillars = pillars_asked_for()
        return {"extra_columns": [(pillar, pillar_column(pillar)) for pillar in self.pillars]}

    def get_table(self, **kwargs: object) -> Table:
        """The page's rows with their cells, from the rows alone."""
        table = super().get_table(**kwargs)
        for row in table.page.object_list:
            row.record.cells = cells_of(row.record, self.pillars)
        return table

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The list and the units above it."""
        context = super().get_context_data(**kwargs)
        return context | {"units": unit_positions(self.request.user)}

    def export_row(self, item: Standing) -> dict[str, object]:
        cells = cells_of(item, item.pillars)
        until = item.fresh_until
        return {
            "service": item.service.slug,
            "name": item.service.name,
            "unit": item.service.unit.slug,
            "tier": item.service.tier,
            "score": round(item.score, 2) if item.score is not None else None,
            "verdict": item.last_outcome,
            "evidence": vars(item)["freshness"],
            "fresh_until": until.isoformat() if until else None,
            "superseded": item.superseded,
            "critical": item.critical,
            "high": item.high,
            "medium": item.medium,
            "low": item.low,
            "info": item.info,
            "accepted": item.accepted,
            "in_breach": item.in_breach,
            "breaches": " · ".join(each["limit"] for each in item.breaches),
            "pillars": " · ".join(
                f"{name}: {cell.kind or 'never'} {cell.measured}/{cell.planned}"
                for name, cell in cells.items()
            ),
        }


class RiskServicePage(PermissionRequired, TemplateView):
    """One service: score and its reasons, appetite, why this tier, exceptions."""

    act = "risk.view"
    template_name = "risk/service.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The standing as it was last refreshed, and what hangs on it."""
        rows = Service.objects.select_related("unit")
        service = get_visible_or_404(rows, self.request.user, "risk.view", slug=self.kwargs["slug"])
        row = service_standing(service)
        exceptions = PolicyException.objects.select_related("base", "proposer", "decider")
        return (
            super().get_context_data(**kwargs)
            | {
                "service": service,
                "standing": row,
                "tierings": list(tierings().filter(service=service)[:10]),
                "exceptions": list(exceptions.filter(service=service)[:10]),
                "appetite": appetites_in_force([service.unit_id]).get(service.unit_id),
                "cadence_days": cadences()[service.tier],
                "most": 100 * MATERIALITY[service.tier],
            }
            | (_shown(row) if row else {})
        )


def _shown(row: Standing) -> dict[str, Any]:
    lines, score = reason_lines(row), row.score or 0.0
    most = 100 * MATERIALITY[row.service.tier]
    return {
        "lines": lines,
        "cells": cells_of(row, pillars_asked_for()),
        "breaches": breach_lines(row),
        "wide": waterfall(lines, score=score, most=most, width=820),
        "narrow": waterfall(lines, score=score, most=most, width=330),
    }
