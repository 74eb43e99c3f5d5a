"""Scopes of API tokens: named sets of acts, so that a leaked token does as little as possible.

No scope but `all` holds decisions (approvals, signatures): a person decides, not a script.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext_lazy as _

from shield.accounts.policy import ALL_ACTS, READ

ALL: Final = "all"
_OWN: Final = frozenset({"token.own", "account.own"})
_READ: Final = READ - _OWN

SCOPES: Final[dict[str, frozenset[str]]] = {
    "read": _READ,
    "ci": _READ
    | {"service.register", "run.start", "run.cancel", "metric.push", "deployment.change"},
    "findings": _READ
    | {
        "finding.comment",
        "finding.work",
        "finding.triage",
        "acceptance.propose",
        "false_positive.propose",
        "incident.report",
    },
    "admin": _READ
    | _OWN
    | {
        "user.manage",
        "unit.manage",
        "token.manage",
        "settings.manage",
        "webhook.manage",
        "operations.view",
    },
    ALL: ALL_ACTS,
}

SCOPE_WORDS: Final = {
    "read": _("Read everything that I may read"),
    "ci": _("Pipelines: register, assess, upload, push metrics"),
    "findings": _("Work on findings and propose acceptances"),
    "admin": _("People, units, tokens, webhooks, metrics"),
    ALL: _("Everything that I may do"),
}


def acts_of(scopes: Iterable[str]) -> frozenset[str]:
    """The acts of several scopes; a name that is unknown adds nothing."""
    return frozenset[str]().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))
