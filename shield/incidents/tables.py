"""Columns of the list of incidents."""

from __future__ import annotations

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shield.common.columns import template_column
from shield.incidents.models import Incident
from shield.records.choices import SEVERITY_RANK


class IncidentTable(tables.Table):
    """One row an incident: how grave, what, where, how far, and what an authority must know."""

    severity = template_column("{% badge 'severity' record.severity %}", label=_("Severity"))
    title = template_column(
        "{% include 'incidents/cells/title.html' %}", label=_("Incident"), css="cell-lead"
    )
    service = template_column(
        "<a href='{{ record.service.get_absolute_url }}'><bdi>{{ record.service.name }}</bdi></a>",
        label=_("Service"),
        order_by=("service__name",),
    )
    state = template_column("{% badge 'incident_state' record.state %}", label=_("State"))
    notification = template_column(
        "{% include 'incidents/notification.html' with incident=record %}", label=_("Authority")
    )
    noticed_at = template_column("{% when record.noticed_at %}", label=_("Noticed"))

    class Meta:
        model = Incident
        fields = ()
        empty_text = ""

    def order_severity(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By gravity; descending means gravest first."""
        rank = SEVERITY_RANK.asc() if is_descending else SEVERITY_RANK.desc()
        return queryset.order_by(rank, "-noticed_at"), True

    def order_title(self, queryset: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        """By the stable id."""
        return queryset.order_by("-id" if is_descending else "id"), True
