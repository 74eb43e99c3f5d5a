"""Columns of the lists of messages, webhooks and deliveries."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from shield.common.columns import template_column
from shield.notify.models import Delivery, Endpoint, Notification


class NotificationTable(tables.Table):
    """One row a message: what, about what, when, and whether it was read."""

    title = template_column(
        "{% include 'notify/cells/title.html' %}",
        label=_("Message"),
        css="cell-lead",
        orderable=False,
    )
    kind = template_column("{% include 'notify/cells/kind.html' %}", label=_("About"))
    at = template_column("{% when record.at %}", label=_("When"))
    read_at = template_column(
        "{% include 'notify/cells/read.html' %}", label=_("Read"), order_by=("read_at",)
    )

    class Meta:
        model = Notification
        fields = ()
        order_by = "-at"
        empty_text = ""


class EndpointTable(tables.Table):
    """One row a webhook: where to, what, and how it goes."""

    name = template_column(
        "<a href='{{ record.get_absolute_url }}'><bdi>{{ record.name }}</bdi></a>",
        label=_("Webhook"), css="cell-lead",
    )  # fmt: skip
    url = template_column(
        "<span class='mono break'>{{ record.url|truncatechars:28 }}</span>", label=_("Address")
    )
    acts = template_column("{{ record.acts|join:' ' }}", label=_("Events"), orderable=False)
    unit = template_column(
        "{% if record.unit %}<bdi>{{ record.unit.name }}</bdi>{% else %}{% translate 'Every unit' %}{% endif %}",
        label=_("Business unit"), order_by=("unit__name",),
    )  # fmt: skip
    active = template_column(
        "{% include 'notify/cells/health.html' with endpoint=record %}", label=_("State")
    )
    last_success_at = template_column(
        "{% if record.last_success_at %}{% when record.last_success_at %}{% else %}–{% endif %}",
        label=_("Last delivered"),
    )  # fmt: skip

    class Meta:
        model = Endpoint
        fields = ()
        order_by = "name"
        empty_text = ""


class DeliveryTable(tables.Table):
    """One row a delivery: what, what came of it, how often it was tried."""

    act = template_column(
        "{% include 'notify/cells/delivery.html' %}", label=_("Event"), css="cell-lead"
    )
    state = template_column("{% include 'notify/cells/state.html' %}", label=_("State"))
    attempts = tables.Column(
        verbose_name=_("Attempts"), attrs={"td": {"class": "num"}, "th": {"class": "num"}}
    )
    created_at = template_column("{% when record.created_at %}", label=_("Made"))
    due_at = template_column(
        "{% if record.state == 'pending' %}{% when record.due_at %}{% elif record.done_at %}{% when record.done_at %}{% endif %}",
        label=_("Next or last"),
    )  # fmt: skip

    class Meta:
        model = Delivery
        fields = ()
        order_by = "-created_at"
        empty_text = ""
