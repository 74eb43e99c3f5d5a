"""Columns of the services list."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from shield.common.columns import template_column
from shield.registry.models import Service


class ServiceTable(tables.Table):
    """One row a service: who owns it, where it stands, how fresh the evidence is."""

    name = template_column("{% include 'web/cells/service.html' %}", label=_("Service"))
    tier = template_column("{% badge 'tier' record.tier %}", label=_("Tier"))
    last_outcome = template_column(
        "{% badge 'service_outcome' record.last_outcome %}", label=_("Last verdict")
    )
    coverage = template_column(
        "{% coverage_bar record.last_coverage %}",
        label=_("Coverage"),
        orderable=False,
    )
    active_findings = template_column(
        "{% severity_links record.severities record %}", label=_("Active findings")
    )
    trend = template_column(
        "{% include 'components/strip.html' with runs=record.strip %}",
        label=_("Last runs"),
        orderable=False,
    )
    last_finished_at = template_column(
        "{% include 'web/cells/evidence.html' %}", label=_("Evidence")
    )

    class Meta:
        model = Service
        fields = ()
        order_by = "name"
        empty_text = ""
