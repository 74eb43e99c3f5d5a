"""Columns of the findings list."""

from __future__ import annotations

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from shield.common.columns import template_column
from shield.common.counting import count_rows
from shield.findings.models import Acceptance, Finding


class FindingTable(tables.Table):
    """One row a finding: how grave, what, where, whose, by when."""

    chosen = template_column(
        "{% include 'findings/cells/chosen.html' %}",
        label=_("Choose"),
        orderable=False,
        css="cell-choose",
    )
    severity = template_column("{% badge 'severity' record.severity %}", label=_("Severity"))
    title = template_column(
        "{% include 'findings/cells/title.html' %}", label=_("Finding"), css="cell-lead"
    )
    service = template_column(
        "<a href='{{ record.service.get_absolute_url }}'><bdi>{{ record.service.name }}</bdi></a>",
        label=_("Service"),
        order_by=("service__name",),
    )
    state = template_column("{% include 'findings/cells/state.html' %}", label=_("State"))
    assignee = template_column(
        "{% include 'findings/cells/owner.html' %}",
        label=_("Owner"),
        order_by=("assignee__username",),
    )
    due_at = template_column(
        "{% include 'findings/due.html' with finding=record %}", label=_("Due")
    )
    opened_at = template_column("{% when record.opened_at %}", label=_("Opened"))

    class Meta:
        model = Finding
        fields = ()
        empty_text = ""

    def order_severity(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By gravity, not by the alphabet; descending means gravest first."""
        if is_descending:
            return gravest_first(queryset), True
        return queryset.order_by("-severity_rank", "-due_at", "-id"), True

    def order_state(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By state, and within one by due date, as an index has them."""
        sign = "-" if is_descending else ""
        return queryset.order_by(f"{sign}state", f"{sign}due_at", f"{sign}id"), True

    def order_assignee(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By name, whoever nobody has last. Where more have an owner than there are pages for, no other
        row can be seen: a database then goes from person to person instead of sorting all."""
        assigned = queryset.filter(assignee__username__isnull=False)
        if count_rows(assigned).more:
            return assigned.order_by(f"{'-' if is_descending else ''}assignee__username"), True
        name = F("assignee__username")
        order = name.desc(nulls_last=True) if is_descending else name.asc(nulls_last=True)
        return queryset.order_by(order), True

    def order_title(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By the stable id, which is what the column starts with."""
        return queryset.order_by("-id" if is_descending else "id"), True


def gravest_first(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    """The order of a list that nobody has sorted."""
    return findings.order_by("severity_rank", "due_at", "id")


class AcceptanceTable(tables.Table):
    """One row an acceptance: what risk, who asked and decided, until when."""

    status = template_column("{% badge 'acceptance' record.status %}", label=_("Status"))
    finding = template_column(
        "{% include 'findings/cells/acceptance.html' %}",
        label=_("Risk"),
        css="cell-lead",
        order_by=("finding",),
    )
    severity = template_column(
        "{% badge 'severity' record.severity %}", label=_("Severity"), orderable=False
    )
    service = template_column(
        "<a href='{{ record.finding.service.get_absolute_url }}'>"
        "<bdi>{{ record.finding.service.name }}</bdi></a>",
        label=_("Service"),
        order_by=("finding__service__name",),
    )
    proposer = template_column(
        "{% include 'findings/cells/who.html' %}", label=_("Proposed by"), order_by=("proposed_at",)
    )
    expires_at = template_column("{% include 'findings/cells/until.html' %}", label=_("Until"))

    class Meta:
        model = Acceptance
        fields = ()
        empty_text = ""
