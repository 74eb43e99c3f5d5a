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

WORDS: Final[dict[str, str | Promise]] = {
    "finding.assign": _lazy("You are responsible for %(object)s"),
    "finding.opened": _lazy("New finding: %(object)s"),
    "finding.severity": _lazy("Severity is now %(severity)s: %(object)s"),
    "finding.regressed": _lazy("Failed again: %(object)s"),
    "finding.reopened": _lazy("Opened again: %(object)s"),
    "finding.comment": _lazy("Comment on %(object)s"),
    "finding.start": _lazy("Work has started on %(object)s"),
    "finding.resolved": _lazy("Resolved by a run: %(object)s"),
    "finding.closed": _lazy("Closed by a run in production: %(object)s"),
    "finding.due_soon": _lazy("Due in %(days)s: %(object)s"),
    "finding.overdue": _lazy("Overdue: %(object)s"),
    "acceptance.proposed": _lazy("Decide on accepting %(object)s"),
    "acceptance.approved": _lazy("Acceptance approved: %(object)s"),
    "acceptance.rejected": _lazy("Acceptance rejected: %(object)s"),
    "acceptance.expiring": _lazy("Acceptance ends soon: %(object)s"),
    "acceptance.expired": _lazy("Acceptance has expired: %(object)s"),
    "acceptance.mitigation_due": _lazy("The repair was due: %(object)s"),
    "acceptance.withdrawn": _lazy("Acceptance withdrawn: %(object)s"),
    "acceptance.graver": _lazy("Graver than what was accepted: %(object)s"),
    "acceptance.lapsed": _lazy("Nobody decided in time on accepting %(object)s"),
    "acceptance.worse": _lazy("Worse than what was accepted: %(object)s"),
    "false_positive.proposed": _lazy("Decide whether this is a false positive: %(object)s"),
    "false_positive.confirmed": _lazy("False positive confirmed: %(object)s"),
    "false_positive.rejected": _lazy("Not a false positive: %(object)s"),
    "policy.proposed": _lazy("Decide on a change of policy: %(object)s"),
    "policy.propose": _lazy("Decide on a change of policy: %(object)s"),
    "policy.exception_propose": _lazy("Decide on an exception: %(object)s"),
    "policy.approved": _lazy("Change of policy approved: %(object)s"),
    "policy.rejected": _lazy("Change of policy rejected: %(object)s"),
    "policy.review_due": _lazy("Review is due in %(days)s: %(object)s"),
    "policy.review_missed": _lazy("Review is overdue: %(object)s"),
    "policy.exception_expiring": _lazy("Exception ends in %(days)s: %(object)s"),
    "policy.exception_expired": _lazy("Exception has ended: %(object)s"),
    "tier.review_due": _lazy("The tier is to be assessed again in %(days)s: %(object)s"),
    "tier.review_missed": _lazy("The tier should have been assessed again: %(object)s"),
    "tier.proposed": _lazy("Decide on a tier: %(object)s"),
    "appetite.proposed": _lazy("Decide on an appetite: %(object)s"),
    "appetite.breach": _lazy("Above the risk appetite: %(object)s"),
    "evidence.stale_soon": _lazy("Evidence goes stale in %(days)s: %(object)s"),
    "evidence.stale": _lazy("Evidence is stale: %(object)s"),
    "incident.notify_soon": _lazy("An authority must know within %(days)s: %(object)s"),
    "incident.notify_overdue": _lazy("An authority should know by now: %(object)s"),
    "statement.expiring": _lazy("Statement ends in %(days)s: %(object)s"),
    "statement.expired": _lazy("Statement has expired: %(object)s"),
    "run.finish": _lazy("%(outcome)s: %(object)s"),
    "run.fail": _lazy("Could not be assessed: %(object)s"),
    "run.error": _lazy("Stopped by a bug: %(object)s"),
    "audit.broken": _lazy("The audit trail does not verify: %(object)s"),
    "operations.trouble": _lazy("%(problem)s"),
    "webhook.dead": _lazy("A webhook does not take its deliveries: %(object)s"),
    "user.grant": _lazy("Your role has changed: %(role)s"),
    "user.grant_remove": _lazy("A role was taken from you"),
    "user.invite": _lazy("An administrator made a new link to set your password"),
    "user.switch_on": _lazy("Your account is switched on again"),
    "factor.reset": _lazy("An administrator removed your second factors"),
    "token.create": _lazy("A token was made for you: %(object)s"),
    "token.refused": _lazy("Your token was used from outside its networks: %(object)s"),
    "token.revoke": _lazy("Your token was revoked: %(object)s"),
}
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
