"""Columns of the audit trail."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from shield.audit.models import Event
from shield.common.columns import template_column


class EventTable(tables.Table):
    """One row an event: when, who, what, on which object, and where it is sealed."""

    at = template_column("{% when record.at 'full' %}", label=_("When"), order_by=("id",))
    act = template_column(
        "{% include 'audit/cells/act.html' %}", label=_("What"), css="cell-lead", orderable=False
    )
    actor = template_column(
        "<bdi title='{{ record.actor }}'>{{ record.actor|actor_label }}</bdi>",
        label=_("Who"),
        orderable=False,
    )
    reason = template_column(
        "<bdi>{{ record.reason|default:'–'|truncatechars:120 }}</bdi>",
        label=_("Why"),
        orderable=False,
    )
    seal = template_column(
        "{% include 'audit/cells/seal.html' %}", label=_("Seal"), orderable=False
    )

    class Meta:
        model = Event
        fields = ()
        empty_text = ""
