"""What every decision about limits shares: who may, in which state, on what ground."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model
from django.utils import timezone

from shield.accounts.four_eyes import refuse_own
from shield.accounts.models import User
from shield.accounts.pages import require
from shield.audit.services import record
from shield.common.errors import Conflict, InvalidInput
from shield.evidence.policy import Policy
from shield.registry.models import Service
from shield.risk.policies.models import (
    BacktestState,
    ChangeState,
    PolicyChange,
    PolicyException,
    PolicyVersion,
)
from shield.risk.policies.versions import version_in_force

Asked = TypeVar("Asked", PolicyChange, PolicyException)


def reason_of(text: str) -> str:
    """The reason without spaces around it; InvalidInput when there is none."""
    if not text.strip():
        raise InvalidInput(
            "policy.reason", "A decision about limits needs a reason.", "Say why in a few words."
        )
    return text.strip()


def refuse_other_base(tier: str, number: int) -> PolicyVersion:
    """The version in force, if it is the one that the proposal was made against; else Conflict."""
    current = version_in_force(tier)
    if current.number == number:
        return current
    by = current.change.decider if current.change else None
    raise Conflict(
        "policy.other_version",
        f"The {tier} tier's policy is at version {current.number} since "
        f"{current.valid_from:%Y-%m-%d %H:%M} UTC (approved by {by or current.made_by}); this was "
        f"made against version {number}.",
        "Look at what changed and propose again.",
    )


def locked_version(tier: str) -> PolicyVersion:
    """The version in force, its row locked: who decides about a tier takes turns."""
    version_in_force(tier)  # makes the first one
    rows = PolicyVersion.objects.select_for_update().filter(tier=tier)
    return list(rows.order_by("number"))[-1]


def lock_services(**narrow: object) -> list[int]:
    """Lock services in the order of their keys. Runs that finish lock their service first, so that no
    finding comes or goes while a decision looks at them."""
    rows = Service.objects.select_for_update(no_key=True).filter(**narrow)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def opened(model: type[Asked], proposal: Asked, actor: User, act: str) -> Asked:
    """The proposal, locked, if `actor` may do `act` on it and it is still open; else an error."""
    found = model._default_manager.select_for_update(of=("self",)).get(pk=proposal.pk)
    require(actor, act, of=found)
    if not found.is_open:
        raise Conflict(
            "policy.decided",
            f"{found.label} is {ChangeState(found.state).label.lower()} already"
            + (f", by {found.decider}." if found.decider else "."),
            "Look at the decision; propose again if it must change.",
        )
    return found


def refuse_without_backtest(proposal: PolicyChange | PolicyException) -> None:
    """Nobody approves what was not held to the past."""
    if proposal.backtest_state != BacktestState.DONE:
        raise Conflict(
            "policy.no_backtest",
            f"{proposal.label} has no back-test yet.",
            "Wait until it is done, or start it again.",
        )


def decide(proposal: Asked, actor: User, state: ChangeState, note: str) -> None:
    """Write the decision of a second person; the database refuses the first one too."""
    refuse_own(proposal, actor)
    proposal.state = state
    proposal.decider, proposal.decided_at, proposal.decision_note = actor, timezone.now(), note
    proposal.save()


def event(
    proposal: PolicyChange | PolicyException, actor: User, act: str, *, reason: str, **after: object
) -> None:
    """The audit event of a step in a proposal's life."""
    record(
        actor=actor.get_username(),
        act=act,
        object_type=_name(proposal),
        object_id=proposal.pk,
        object_text=str(proposal),
        after={"state": proposal.state, **after},
        reason=reason,
        unit=proposal.unit_id,
    )


def _name(row: Model) -> str:
    return row._meta.model_name or ""


def refuse_unchanged(old: Policy, new: Policy, *, same_days: bool) -> None:
    """A proposal must change something."""
    if same_days and old == new:
        raise InvalidInput(
            "policy.unchanged", "The proposal changes nothing.", "Change a limit first."
        )
