"""Columns of the lists of coverage and of statements."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from shield.common.columns import template_column
from shield.frameworks.models import CoverageRow, Statement


class CoverageTable(tables.Table):
    """One row a service: what is measured, what is stated, what is missing."""

    service = template_column(
        "{% include 'frameworks/cells/service.html' %}",
        label=_("Service"),
        order_by=("service__name",),
        css="cell-lead",
    )
    tier = template_column(
        "{% badge 'tier' record.service.tier %}", label=_("Tier"), order_by=("service__tier",)
    )
    holds = template_column("{{ record.holds|count }}", label=_("Holds"), css="num")
    fails = template_column("{{ record.fails|count }}", label=_("Fails"), css="num")
    inconclusive = template_column(
        "{{ record.inconclusive|count }}", label=_("Inconclusive"), css="num"
    )
    stale = template_column("{{ record.stale|count }}", label=_("Stale"), css="num")
    signed = template_column("{{ record.signed|count }}", label=_("Stated"), css="num")
    gaps = template_column(
        "{{ record.gaps|count }}<span class='text-secondary'>/{{ record.total|count }}</span>",
        label=_("Missing"),
        css="num",
    )

    class Meta:
        model = CoverageRow
        fields = ()
        order_by = "-gaps"
        empty_text = ""


class StatementTable(tables.Table):
    """One row a version of a statement."""

    requirement = template_column(
        "{% include 'frameworks/cells/statement.html' %}", label=_("Statement"), css="cell-lead"
    )
    about = template_column(
        "{% include 'frameworks/cells/about.html' %}",
        label=_("Speaks for"),
        order_by=("service__name", "unit__name"),
    )
    state = template_column(
        "{% badge 'statement' record.state %}", label=_("State"), orderable=False
    )
    signer_name = template_column(
        "<bdi>{{ record.signer_name }}</bdi>", label=_("Signed by"), order_by=("signer_name",)
    )
    signed_at = template_column("{% when record.signed_at %}", label=_("Signed"))
    expires_at = template_column("{% when record.expires_at %}", label=_("Expires"))

    class Meta:
        model = Statement
        fields = ()
        empty_text = ""
