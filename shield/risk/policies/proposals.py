"""Changing a tier's policy: proposed by one person, held to the past, decided by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from shield.accounts.models import User
from shield.accounts.pages import require
from shield.audit.services import record
from shield.evidence.policy import Policy
from shield.registry.changes import SERVICE_CHANGED
from shield.risk.differences import policy_differences
from shield.risk.policies.backtests import backtest_enqueue
from shield.risk.policies.decisions import (
    decide,
    event,
    lock_services,
    locked_version,
    opened,
    reason_of,
    refuse_other_base,
    refuse_unchanged,
    refuse_without_backtest,
)
from shield.risk.policies.documents import MOST_REVIEW_DAYS, policy_of, refuse_bad_days
from shield.risk.policies.guard import WouldClose, closed_by_policy
from shield.risk.policies.models import (
    ChangeState,
    Origin,
    PolicyChange,
    PolicyReview,
    PolicyVersion,
)
from shield.risk.policies.versions import audit_version, set_document


@transaction.atomic
def policy_propose(
    *,
    tier: str,
    base: int,
    policy: Mapping[str, Any],
    reason: str,
    actor: User,
    cadence_days: int | None = None,
    review_days: int | None = None,
    backtest_days: int = 180,
    enqueue: bool = True,
) -> PolicyChange:
    """Ask for another policy of a tier; `base` is the number of the version that it was made against.

    `policy` has the form of `Policy.as_json()`, parts that are left out stay. The back-test is
    started; with `enqueue` False nobody is told, because the caller runs it. Raises Conflict when another version is in force by now and while a finding is open that
    the proposal would close, InvalidInput for a policy that cannot be.
    """
    current = refuse_other_base(tier, base)
    require(actor, "policy.propose", of=current)
    proposed = policy_of(policy, base=current.policy)
    cadence = current.cadence_days if cadence_days is None else cadence_days
    review = current.review_days if review_days is None else review_days
    refuse_bad_days(cadence_days=cadence, review_days=review)
    refuse_bad_days(cadence_days=backtest_days, review_days=review)
    same_days = (cadence, review) == (current.cadence_days, current.review_days)
    refuse_unchanged(current.policy, proposed, same_days=same_days)
    _refuse_closing(tier, current.policy, proposed)
    change = PolicyChange.objects.create(
        tier=tier,
        base=current,
        document=proposed.as_json(),
        cadence_days=cadence,
        review_days=review,
        backtest_days=backtest_days,
        proposer=actor,
        reason=reason_of(reason),
    )
    event(change, actor, "policy.propose", reason=change.reason, differences=_told(change))
    if enqueue:
        backtest_enqueue(proposal=change)
    return change


def _told(change: PolicyChange) -> list[dict[str, object]]:
    differences = policy_differences(change.base.policy, change.proposed)
    told = [each.as_json() for each in differences]
    for name in ("cadence_days", "review_days"):
        before, after = getattr(change.base, name), getattr(change, name)
        if before != after:
            told.append({"what": name, "before": before, "after": after})
    return told


def _refuse_closing(tier: str, old: Policy, new: Policy) -> None:
    closing = closed_by_policy(tier=tier, old=old, new=new)
    if closing:
        raise WouldClose(closing)


@transaction.atomic
def policy_approve(*, change: PolicyChange, actor: User, note: str) -> PolicyVersion:
    """Put the proposed policy in force: a second person, with a note, on the ground of a back-test.

    Under locks on the tier's versions and services: Conflict when another version came in between or
    while a finding is open that the looser limit would close.
    """
    change = opened(PolicyChange, change, actor, "policy.decide")
    note = reason_of(note)
    current = locked_version(change.tier)
    refuse_other_base(change.tier, change.base.number)
    refuse_without_backtest(change)
    services = lock_services(tier=change.tier)
    _refuse_closing(change.tier, current.policy, change.proposed)
    decide(change, actor, ChangeState.APPROVED, note)
    made = PolicyVersion(
        tier=change.tier,
        number=current.number + 1,
        cadence_days=change.cadence_days,
        review_days=change.review_days,
        origin=Origin.CHANGE,
        change=change,
        made_by=change.proposer.get_username()[:200],
        reason=change.reason,
    )
    set_document(made, change.proposed)
    made.save()
    event(change, actor, "policy.approve", reason=note, version=made.number)
    audit_version(made, actor=actor.get_username(), before=current, reason=note)
    if made.cadence_days != current.cadence_days:
        SERVICE_CHANGED.tell(services)
    return made


@transaction.atomic
def policy_reject(*, change: PolicyChange, actor: User, note: str) -> PolicyChange:
    """Say no, with a note."""
    change = opened(PolicyChange, change, actor, "policy.decide")
    decide(change, actor, ChangeState.REJECTED, reason_of(note))
    event(change, actor, "policy.reject", reason=change.decision_note)
    return change


@transaction.atomic
def policy_withdraw(*, change: PolicyChange, actor: User, note: str = "") -> PolicyChange:
    """Take a proposal back: who may propose may."""
    change = opened(PolicyChange, change, actor, "policy.propose")
    change.state = ChangeState.WITHDRAWN
    change.save(update_fields=["state", "updated_at"])
    event(change, actor, "policy.withdraw", reason=note.strip())
    return change


@transaction.atomic
def policy_review(
    *, version: PolicyVersion, actor: User, note: str, days: int = MOST_REVIEW_DAYS
) -> PolicyReview:
    """Say that the version in force was looked at and may stay, until `days` from now."""
    require(actor, "policy.decide", of=version)
    refuse_other_base(version.tier, version.number)
    refuse_bad_days(cadence_days=1, review_days=days)
    now = timezone.now()
    review = PolicyReview.objects.create(
        version=version,
        reviewer=actor,
        at=now,
        note=reason_of(note),
        next_review_at=now + timedelta(days=days),
    )
    record(
        actor=actor.get_username(),
        act="policy.review",
        object_type="policyversion",
        object_id=version.pk,
        object_text=str(version),
        after={"next_review_at": review.next_review_at.isoformat()},
        reason=review.note,
    )
    return review
