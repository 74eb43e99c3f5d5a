"""One act on many findings: who is refused is left alone and told why; the others are done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shield.accounts.models import User
from shield.common.errors import InvalidInput, ShieldError
from shield.findings import acceptance as acceptances
from shield.findings import acts, claims
from shield.findings.changes import Change, locked, refuse_stale, save
from shield.findings.models import Finding
from shield.findings.transitions import Move

MOST: Final = 1000
"""Findings of one bulk act."""

Planner = Callable[..., Change]

ACTS: Final[Mapping[str, tuple[Planner, Move]]] = {
    "claim": (lambda finding, actor: acts.assign(finding, actor, assignee=actor), Move.CLAIM),
    "assign": (acts.assign, Move.ASSIGN),
    "start": (acts.start, Move.START),
    "release": (acts.release, Move.RELEASE),
    "comment": (acts.comment, Move.COMMENT),
    "severity": (acts.severity, Move.SEVERITY),
    "due": (acts.due, Move.DUE),
    "propose_acceptance": (acceptances.propose, Move.PROPOSE_ACCEPTANCE),
    "propose_false_positive": (claims.propose, Move.PROPOSE_FALSE_POSITIVE),
}
"""What can be done to many findings at once. Deciding is not among it: each decision is looked at."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """The act, what it needs (the keyword arguments of its planner), and the states that were seen:
    a finding that was changed since is refused."""

    act: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    seen: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A finding that was left as it is, and why."""

    finding: Finding
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What was done, what was there already, and what was refused."""

    done: list[Finding]
    unchanged: list[Finding]
    refused: list[Refusal]


def apply(findings: QuerySet[Finding], wanted: Bulk, actor: User) -> BulkResult:
    """Plan the act for each finding, then write all changes at once. Call in a transaction."""
    if wanted.act not in ACTS:
        raise InvalidInput(
            "bulk_act", _("This cannot be done to many findings."), f"One of: {', '.join(ACTS)}."
        )
    keys = list(findings.values_list("pk", flat=True)[: MOST + 1])
    if len(keys) > MOST:
        raise InvalidInput(
            "bulk_too_many",
            _("At most %(most)s findings at a time.") % {"most": f"{MOST:,}"},
            _("Narrow the filter, and do it in parts."),
        )
    changes: list[Change] = []
    refused: list[Refusal] = []
    plan, _move = ACTS[wanted.act]
    for finding in locked(keys):
        try:
            refuse_stale(finding, wanted.seen.get(finding.pk))
            changes.append(plan(finding, actor, **wanted.facts))
        except ShieldError as error:
            refused.append(Refusal(finding, error.code, error.message, error.hint))
    save(changes)
    return BulkResult(
        done=[change.finding for change in changes if change.entries],
        unchanged=[change.finding for change in changes if not change.entries],
        refused=refused,
    )
