"""What a message says, from its facts, in the language of whoever reads it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from shield.accounts.choices import Role
from shield.notify.choices import Kind
from shield.notify.models import Notification
from shield.notify.words import WORDS

OF_ANOTHER: Final[dict[str, str | Promise]] = {
    "user.invite": _lazy("%(actor)s made a new link to set the password of %(object)s"),
    "factor.reset": _lazy("%(actor)s removed the second factors of %(object)s"),
}
"""How administrators read what the person concerned reads as "you"."""
SHORT: Final = 150
_INVISIBLE: Final = re.compile(r"\s+")


def title(row: Notification) -> str:
    """The message in one line."""
    if row.count > 1:
        return _several(row)
    if row.kind == Kind.GATE:
        return _("Gate failed in production: %(object)s") % {"object": row.object_text}
    if row.kind == Kind.ASSIGNED:
        return _("You are responsible for %(object)s") % {"object": row.object_text}
    if row.kind == Kind.OPERATIONS and row.act in OF_ANOTHER:
        return str(OF_ANOTHER[row.act]) % {"actor": row.actor, "object": row.object_text}
    return str(WORDS.get(row.act, _("%(act)s: %(object)s"))) % _facts(row)


def subject(row: Notification) -> str:
    """The title as a mail's subject: one short line of visible characters."""
    line = plain(title(row))
    return line if len(line) <= SHORT else f"{line[: SHORT - 1]}…"


def plain(text: str) -> str:
    """Text on one line, without characters that control terminals, mail or the order of writing."""
    visible = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in text
        if unicodedata.category(char) not in ("Cf", "Cs", "Co")
    )
    return _INVISIBLE.sub(" ", visible).strip()


def _several(row: Notification) -> str:
    values = {"count": row.count, "service": row.service_text, "object": row.object_text}
    if row.group.startswith(f"{row.act}:") and row.service_text:
        sayings = {
            "finding.opened": ngettext("%(count)s new finding: %(service)s", "%(count)s new findings: %(service)s", row.count),
            "finding.regressed": ngettext("%(count)s finding failed again: %(service)s", "%(count)s findings failed again: %(service)s", row.count),
            "finding.due_soon": ngettext("%(count)s finding is due soon: %(service)s", "%(count)s findings are due soon: %(service)s", row.count),
            "finding.overdue": ngettext("%(count)s finding is overdue: %(service)s", "%(count)s findings are overdue: %(service)s", row.count),
        }  # fmt: skip
        other = ngettext(
            "%(count)s change: %(service)s", "%(count)s changes: %(service)s", row.count
        )
        return sayings.get(row.act, other) % values
    return (
        ngettext("%(count)s change: %(object)s", "%(count)s changes: %(object)s", row.count)
        % values
    )


def _facts(row: Notification) -> dict[str, object]:
    days = int(row.facts.get("days") or 0)
    outcome, role = (str(row.facts.get(name) or "") for name in ("outcome", "role"))
    return {
        "object": row.object_text,
        "act": row.act,
        "severity": row.facts.get("severity", ""),
        "role": dict(Role.choices).get(role, role),
        "problem": row.facts.get("problem", row.object_text),
        "days": ngettext("%(days)s day", "%(days)s days", days) % {"days": days},
        "outcome": {
            "pass": _("Passed"),
            "fail": _("Failed"),
            "inconclusive": _("Inconclusive"),
        }.get(outcome, _("Finished")),
    }
