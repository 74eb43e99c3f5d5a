"""A limit of its own for one service: approved by a second person, and never for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from shield.accounts.models import User
from shield.accounts.pages import require
from shield.audit.services import Draft, record_all
from shield.common.errors import Conflict, InvalidInput
from shield.evidence.measurement import Threshold
from shield.registry.models import Service
from shield.risk.policies.backtests import backtest_enqueue
from shield.risk.policies.decisions import (
    decide,
    event,
    lock_services,
    locked_version,
    opened,
    reason_of,
    refuse_other_base,
    refuse_without_backtest,
)
from shield.risk.policies.documents import threshold_of
from shield.risk.policies.guard import WouldClose, closed_by_end, closed_by_exception
from shield.risk.policies.models import ChangeState, PolicyException, PolicyVersion
from shield.risk.policies.versions import policy_in_force, version_in_force

MOST_DAYS: Final = 180


@transaction.atomic
def exception_propose(
    *,
    service: Service,
    check: str,
    minimum: float | None,
    maximum: float | None,
    expires_at: datetime,
    reason: str,
    actor: User,
    backtest_days: int = 180,
) -> PolicyException:
    """Ask for another limit of one check, for one service and at most `MOST_DAYS` days."""
    require(actor, "policy.propose", of=service)
    current = version_in_force(service.tier)
    limit = _usable_limit(current, check, minimum, maximum)
    _refuse_bad_end(expires_at)
    exception = PolicyException(
        service=service,
        base=current,
        check_id=check,
        threshold_min=limit.min,
        threshold_max=limit.max,
        expires_at=expires_at,
        backtest_days=backtest_days,
        proposer=actor,
        reason=reason_of(reason),
    )
    _refuse_closing(exception, current)
    exception.save()
    event(
        exception, actor, "policy.exception_propose", reason=exception.reason,
        check=check, limit=limit.as_json(), expires_at=expires_at.isoformat(),
    )  # fmt: skip
    backtest_enqueue(proposal=exception)
    return exception


def _usable_limit(
    current: PolicyVersion, check: str, minimum: float | None, maximum: float | None
) -> Threshold:
    rule = current.policy.rules.get(check)
    if rule is None:
        raise InvalidInput(
            "policy.no_limit",
            f"The {current.tier} tier has no limit for {check}.",
            "An exception departs from a limit of the tier; a manifest may set one where there is none.",
        )
    limit = threshold_of(minimum, maximum, check=check)
    if limit == rule.threshold:
        raise InvalidInput(
            "policy.unchanged", "This is the tier's own limit.", "Name another limit."
        )
    return limit


def _refuse_bad_end(expires_at: datetime) -> None:
    now = timezone.now()
    if not now < expires_at <= now + timedelta(days=MOST_DAYS, hours=24):
        raise InvalidInput(
            "policy.expiry",
            f"An exception ends on a day within the next {MOST_DAYS} days.",
            "Choose an earlier day; it can be proposed again.",
        )


def _refuse_closing(exception: PolicyException, current: PolicyVersion) -> None:
    closing = closed_by_exception(exception=exception, policy=current.policy)
    if closing:
        raise WouldClose(closing)


@transaction.atomic
def exception_approve(*, exception: PolicyException, actor: User, note: str) -> PolicyException:
    """Put it in force for the service; an earlier one for the same check ends.

    Under locks on the tier's versions and the service: Conflict when the tier's policy or the
    service's tier has changed since, or while a finding is open that it would close.
    """
    exception = opened(PolicyException, exception, actor, "policy.decide")
    note = reason_of(note)
    current = locked_version(exception.tier)
    lock_services(pk=exception.service_id)
    exception.service.refresh_from_db(fields=["tier"])
    if exception.service.tier != exception.tier:
        raise Conflict(
            "policy.other_tier",
            f"{exception.service} is in another tier now ({exception.service.tier}).",
            "Propose again against that tier's limit.",
        )
    refuse_other_base(exception.tier, exception.base.number)
    refuse_without_backtest(exception)
    _refuse_bad_end(exception.expires_at)
    _refuse_closing(exception, current)
    earlier = PolicyException.objects.filter(
        service=exception.service, check_id=exception.check_id, state=ChangeState.APPROVED
    )
    earlier.filter(ended_at=None).update(ended_at=timezone.now())
    decide(exception, actor, ChangeState.APPROVED, note)
    event(exception, actor, "policy.exception_approve", reason=note)
    return exception


@transaction.atomic
def exception_reject(*, exception: PolicyException, actor: User, note: str) -> PolicyException:
    """Say no, with a note."""
    exception = opened(PolicyException, exception, actor, "policy.decide")
    decide(exception, actor, ChangeState.REJECTED, reason_of(note))
    event(exception, actor, "policy.exception_reject", reason=exception.decision_note)
    return exception


@transaction.atomic
def exception_withdraw(
    *, exception: PolicyException, actor: User, note: str = ""
) -> PolicyException:
    """Take a proposal back."""
    exception = opened(PolicyException, exception, actor, "policy.propose")
    exception.state = ChangeState.WITHDRAWN
    exception.save(update_fields=["state", "updated_at"])
    event(exception, actor, "policy.exception_withdraw", reason=note.strip())
    return exception


@transaction.atomic
def exception_end(*, exception: PolicyException, actor: User, note: str) -> PolicyException:
    """End one that is in force before its time: the tier's limit holds again. Ending twice is harmless.

    Conflict where the tier's limit is the looser one and a finding is open that it would close.
    """
    exception = PolicyException.objects.select_for_update(of=("self",)).get(pk=exception.pk)
    require(actor, "policy.propose", of=exception)
    if not exception.is_in_force():
        return exception
    lock_services(pk=exception.service_id)
    closing = closed_by_end(exception=exception, policy=policy_in_force(exception.service.tier))
    if closing:
        raise WouldClose(closing)
    exception.ended_at = timezone.now()
    exception.save(update_fields=["ended_at", "updated_at"])
    event(exception, actor, "policy.exception_end", reason=reason_of(note))
    return exception


@transaction.atomic
def exceptions_expire() -> int:
    """Note the end of those whose day has come, with an event each; the limit has lapsed already."""
    now = timezone.now()
    rows = PolicyException.objects.select_for_update(of=("self",)).select_related("service")
    late = list(rows.filter(state=ChangeState.APPROVED, ended_at=None, expires_at__lte=now))
    for row in late:
        row.ended_at = row.expires_at
    PolicyException.objects.bulk_update(late, ["ended_at"])
    record_all(
        drafts=[
            Draft(
                actor="system",
                act="policy.exception_expired",
                object_type="policyexception",
                object_id=row.pk,
                object_text=str(row),
                after={"expires_at": row.expires_at.isoformat()},
                unit=row.unit_id,
            )
            for row in late
        ]
    )
    return len(late)
