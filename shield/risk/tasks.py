"""Back-tests of proposals, and housekeeping of figures, scores, reviews and exceptions."""

from __future__ import annotations

from celery import shared_task

from shield.risk.figures import figures_refresh
from shield.risk.policies.backtests import backtest_run
from shield.risk.standing import standings_follow_clocks
from shield.risk.upkeep import risk_keep


@shared_task
def figures_keep() -> int:
    """Bring today's figures up to date."""
    return figures_refresh()


@shared_task
def clocks_follow() -> int:
    """Every few minutes: refresh what a due date that has passed changes."""
    return standings_follow_clocks()


@shared_task(acks_late=True)
def backtest(kind: str, pk: int) -> None:
    """Hold a proposal (policychange or policyexception) to the past."""
    backtest_run(kind=kind, pk=pk)


@shared_task
def keep() -> None:
    """Every day: expire exceptions, announce late reviews, refresh what depends on age."""
    risk_keep()
