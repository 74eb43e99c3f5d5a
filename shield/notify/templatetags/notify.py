"""How messages, webhooks and their deliveries are written on pages."""

from __future__ import annotations

from typing import Final, cast

from django import template
from django.db.models import Model
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from shield.accounts.models import User
from shield.notify.choices import ABOUT
from shield.notify.models import Endpoint, Notification
from shield.notify.selectors import attention_of, unread_count
from shield.notify.wording import title

register = template.Library()

Tags = dict[str, list[tuple[object, str, str]]]

STATES: Final = {
    "pending": (_lazy("Waiting"), "grey", "clock"),
    "sent": (_lazy("Delivered"), "pass", "check"),
    "dead": (_lazy("Given up"), "fail", "circle-x"),
    "dropped": (_lazy("No longer wanted"), "hollow", "circle-minus"),
}


@register.simple_tag
def message_title(row: Notification) -> str:
    """The message in one line."""
    return title(row)


@register.inclusion_tag("notify/tags.html")
def message_kind(row: Notification) -> Tags:
    """What the message is about: icon and words; a critical one says so."""
    about = ABOUT[row.kind]
    shown: list[tuple[object, str, str]] = [(row.get_kind_display(), about.tone, about.icon)]
    if row.critical:
        shown.append((_("Critical"), "critical", "alert-octagon"))
    return {"tags": shown}


@register.inclusion_tag("notify/tags.html")
def delivery_state(state: str) -> Tags:
    """What became of a delivery."""
    return {"tags": [STATES[state]]}


@register.inclusion_tag("notify/tags.html")
def endpoint_health(endpoint: Endpoint) -> Tags:
    """Whether a webhook is on, and takes what it is sent."""
    return {"tags": [_health(endpoint)]}


def _health(endpoint: Endpoint) -> tuple[object, str, str]:
    if not endpoint.active:
        return _("Off"), "hollow", "circle-minus"
    if endpoint.paused_until and endpoint.paused_until > timezone.now():
        return _("Failing, resting"), "fail", "clock-pause"
    if endpoint.failures:
        return _("Failing"), "fail", "alert-circle"
    if endpoint.last_success_at:
        return _("Works"), "pass", "circle-check"
    return _("Not tried yet"), "grey", "circle-dashed"


@register.inclusion_tag("notify/bell.html", takes_context=True)
def bell(context: Context) -> dict[str, object]:
    """The bell of the frame with the number of unread messages: one query."""
    return {"unread": unread_count(cast(User, context["request"].user))}


@register.inclusion_tag("notify/attention.html", takes_context=True)
def attention(context: Context, target: Model) -> dict[str, object]:
    """Buttons to follow or mute a service or finding: one query."""
    kind = str(target._meta.model_name)
    key = getattr(target, "slug", None) or target.pk
    return {
        "action": reverse(f"{kind}-attention", args=[key]),
        "current": attention_of(cast(User, context["request"].user), target),
        "csrf_token": context.get("csrf_token"),
    }
