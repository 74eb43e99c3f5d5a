"""Columns of the findings list."""

from __future__ import annotations

import django_tables2 as tables
from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from shield.common.columns import template_column
from shield.findings.models import Finding
from shield.records.choices import SeverityChoice

SEVERITY_RANK = Case(
    *(When(severity=value, then=Value(rank)) for rank, value in enumerate(SeverityChoice.values))
)
"""0 critical … 4 info: the order of severities everywhere."""


class FindingTable(tables.Table):
    """One row a finding: how grave, what, where, whose, by when."""

    severity = template_column("{% badge 'severity' record.severity %}", label=_("Severity"))
    title = template_column(
        "{% include 'findings/cells/title.html' %}", label=_("Finding"), css="cell-lead"
    )
    service = template_column(
        "<a href='{{ record.service.get_absolute_url }}'><bdi>{{ record.service.name }}</bdi></a>",
        label=_("Service"),
        order_by=("service__name",),
    )
    state = template_column("{% badge 'finding_state' record.state %}", label=_("State"))
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
        rank = SEVERITY_RANK.asc() if is_descending else SEVERITY_RANK.desc()
        return queryset.order_by(rank, "due_at", "id"), True

    def order_title(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By the stable id, which is what the column starts with."""
        return queryset.order_by("-id" if is_descending else "id"), True


def gravest_first(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    """The order of a list that nobody has sorted."""
    return findings.order_by(SEVERITY_RANK, "due_at", "id")
