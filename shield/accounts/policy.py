"""The one object that answers every permission question.

An act is `<entity>.<verb>`. Pages, API and services ask `may(user, act)`; nothing else decides.
"""

from __future__ import annotations

from typing import Final

from shield.accounts.choices import Role

READ: Final = frozenset(
    {
        "service.view",
        "run.view",
        "finding.view",
        "dataset.view",
        "report.view",
        "history.view",
        "token.own",  # a token does what its owner may, so everybody may have one
    }
)
ENGINEER: Final = READ | {
    "service.register",
    "deployment.change",
    "run.start",
    "run.cancel",
    "finding.work",
}
RISK_OFFICER: Final = READ | {
    "service.change",
    "run.start",
    "run.cancel",
    "finding.work",
    "finding.triage",
}
ADMINISTRATOR: Final = READ | {"user.manage", "operations.view"}

ACTS: Final[dict[str, frozenset[str]]] = {
    Role.VIEWER: READ,
    Role.ENGINEER: ENGINEER,
    Role.RISK_OFFICER: RISK_OFFICER,
    Role.APPROVER: READ,
    Role.PRIVACY_OFFICER: READ,
    Role.ADMINISTRATOR: ADMINISTRATOR,
}

PUBLIC: Final = "public"
"""The act of what anybody may see without signing in (published schemas); never in `ACTS`."""

ALL_ACTS: Final = frozenset[str]().union(*ACTS.values())


def may(user: object, act: str) -> bool:
    """True when `user` may do `act`. Anonymous and inactive users may nothing; superusers everything."""
    if not getattr(user, "is_active", False) or not getattr(user, "is_authenticated", False):
        return False
    if getattr(user, "is_superuser", False):
        return True
    return act in ACTS.get(getattr(user, "role", ""), frozenset())
