"""The ways a message takes: one folder each, and one line here; imported when first used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from shield.notify.channels.base import Personal, Queued


@dataclass(frozen=True, slots=True)
class Entry:
    """What people call the channel, where its class is, and whether people choose it for themselves."""

    label: str | Promise
    path: str
    personal: bool


CHANNELS: Final[dict[str, Entry]] = {
    "in_app": Entry(_("On these pages"), "shield.notify.channels.in_app.InApp", True),
    "email": Entry(_("E-mail"), "shield.notify.channels.email.Email", True),
    "webhook": Entry(_("Webhook"), "shield.notify.channels.webhook.Webhook", False),
}
PERSONAL: Final = tuple(key for key, entry in CHANNELS.items() if entry.personal)


def personal(key: str) -> Personal:
    """A channel that takes messages to people."""
    return cast(Personal, import_string(CHANNELS[key].path)())


def queued() -> dict[str, Queued]:
    """The channels that send later, from the queue of deliveries."""
    found = {key: import_string(entry.path)() for key, entry in CHANNELS.items()}
    return {key: channel for key, channel in found.items() if isinstance(channel, Queued)}
