"""Columns of the heat map and of the list of proposals."""

from __future__ import annotations

import django_tables2 as tables
from django.db.models import Case, F, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from shield.common.columns import template_column
from shield.registry.choices import Tier
from shield.risk.models import PolicyChange, Standing

TIER_RANK = Case(*(When(service__tier=tier, then=Value(rank)) for rank, tier in enumerate(Tier)))


class StandingTable(tables.Table):
    """One row a service: its score, its pillars, its evidence, its unit's appetite."""

    service = template_column(
        "{% include 'risk/cells/service.html' %}", label=_("Service"), order_by=("service__name",)
    )
    score = template_column("{% include 'risk/cells/score.html' %}", label=_("Risk score"))
    tier = template_column(
        "{% badge 'tier' record.service.tier %}", label=_("Tier"), order_by=("service__tier",)
    )
    evidence = template_column(
        "{% include 'risk/cells/evidence.html' %}",
        label=_("Evidence"),
        order_by=("last_finished_at",),
    )
    appetite = template_column(
        "{% include 'risk/cells/appetite.html' %}", label=_("Appetite"), order_by=("in_breach",)
    )

    class Meta:
        model = Standing
        fields = ()
        empty_text = ""
        sequence = ("service", "score", "tier", "...", "evidence", "appetite")

    def order_score(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """Services without a score are last either way."""
        score = F("score")
        order = score.desc(nulls_last=True) if is_descending else score.asc(nulls_last=True)
        return queryset.order_by(order, "service__name"), True

    def order_tier(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By gravity, not by the alphabet."""
        rank = TIER_RANK.desc() if is_descending else TIER_RANK.asc()
        return queryset.order_by(rank, "service__name"), True


def pillar_column(pillar: str) -> tables.TemplateColumn:
    """One column of the heat map."""
    code = (
        "{% with cell=record.cells." + pillar + " %}{% include 'risk/cells/pillar.html' %}{% endwith %}"
    )  # fmt: skip
    return template_column(code, label=pillar.capitalize(), orderable=False, css="heat")


class ChangeTable(tables.Table):
    """One row a proposal: what it is about, who asked, what became of it."""

    label = template_column(
        "{% include 'risk/cells/change.html' %}", label=_("Proposal"), order_by=("id",)
    )
    tier = template_column("{% badge 'tier' record.tier %}", label=_("Tier"))
    state = template_column("{% badge 'decision' record.state %}", label=_("State"))
    outcomes = template_column(
        "{% include 'risk/cells/backtest.html' %}", label=_("Back-test"), orderable=False
    )
    proposed_at = template_column("{% when record.proposed_at %}", label=_("Proposed"))
    decided_at = template_column("{% when record.decided_at %}", label=_("Decided"))

    class Meta:
        model = PolicyChange
        fields = ()
        empty_text = ""
