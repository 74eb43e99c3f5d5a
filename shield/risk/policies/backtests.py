"""Starting and running back-tests: the proposal's row carries state, progress and report."""

from __future__ import annotations

from typing import Final

import structlog
from celery import current_app
from django.db import transaction
from django.utils import timezone

from shield.accounts.models import User
from shield.accounts.pages import require
from shield.common.errors import Conflict
from shield.risk.policies.guard import Closing, closed_by_exception, closed_by_policy
from shield.risk.policies.models import (
    BacktestState,
    ChangeState,
    PolicyChange,
    PolicyException,
)
from shield.risk.policies.scope import question_of

TASK: Final = "shield.risk.tasks.backtest"
KINDS: Final = {"policychange": PolicyChange, "policyexception": PolicyException}
MOST_CLOSING: Final = 200

log = structlog.get_logger(__name__)


def backtest_enqueue(*, proposal: PolicyChange | PolicyException) -> None:
    """Ask a worker for the back-test once the present transaction has committed."""
    kind, pk = proposal._meta.model_name, proposal.pk

    def send() -> None:
        current_app.send_task(TASK, args=[kind, pk])

    # A broker that is away costs a back-test, which can be asked for again, not the proposal.
    transaction.on_commit(send, robust=True)


@transaction.atomic
def backtest_again(
    *, proposal: PolicyChange | PolicyException, actor: User
) -> PolicyChange | PolicyException:
    """Hold an open proposal to the past once more: after a failure, or because time has passed."""
    model = type(proposal)
    proposal = model._default_manager.select_for_update(of=("self",)).get(pk=proposal.pk)
    require(actor, "policy.propose", of=proposal)
    if not proposal.is_open:
        raise Conflict(
            "policy.decided", f"{proposal.label} is decided already.", "Its report stays."
        )
    proposal.backtest_state, proposal.backtest_progress = BacktestState.QUEUED, 0.0
    proposal.save(update_fields=["backtest_state", "backtest_progress", "updated_at"])
    backtest_enqueue(proposal=proposal)
    return proposal


def backtest_run(*, kind: str, pk: int) -> None:
    """Run the back-test of a proposal and keep its report. A message for one that is decided is harmless.

    A bug is kept as a failed back-test and raised again, so that the worker logs it.
    """
    # Arrays are for workers: the web process only asks for a back-test.
    from shield.risk.policies.backtest import backtest

    rows = KINDS[kind]._default_manager.filter(pk=pk, state=ChangeState.PROPOSED)
    proposal = rows.first()
    if not isinstance(proposal, PolicyChange | PolicyException):
        return
    rows.update(backtest_state=BacktestState.RUNNING, backtest_progress=0.0)
    now = timezone.now()
    try:
        report = backtest(
            question_of(proposal),
            days=proposal.backtest_days,
            now=now,
            progress=lambda share: _progress(kind, pk, share),
        ).as_json()
        closing = closing_of(proposal)
    except Exception:
        rows.update(backtest_state=BacktestState.FAILED)
        raise
    report["closes"] = {
        "total": len(closing),
        "examples": [each.as_json() for each in closing[:MOST_CLOSING]],
    }
    rows.update(
        backtest_state=BacktestState.DONE, backtest_progress=1.0, backtest_at=now, backtest=report
    )
    log.info("backtest_done", kind=kind, pk=pk, runs=report["runs"])


def _progress(kind: str, pk: int, share: float) -> None:
    KINDS[kind]._default_manager.filter(pk=pk).update(backtest_progress=share)


def closing_of(proposal: PolicyChange | PolicyException) -> list[Closing]:
    """The active findings that stand against an approval now."""
    old = proposal.base.policy
    if isinstance(proposal, PolicyException):
        return closed_by_exception(exception=proposal, policy=old)
    return closed_by_policy(tier=proposal.tier, old=old, new=proposal.proposed)
