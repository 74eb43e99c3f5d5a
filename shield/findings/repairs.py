"""Which run says something new of a finding: what proves it mended, and what only repeats the past.

A version that is older than the one that failed last proves nothing of it, and neither does data that
was there before the data it failed on; a limit that was moved mends no model. Without this, running an
old version again would resolve a finding, and the next run would start its clock anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.records.models import MeasurementRecord, Run

Datasets = Mapping[tuple[str, str], int]
"""(role, SHA-256) → key of a service's data sets: keys grow as data is registered."""

PROVEN = (FindingState.RESOLVED, FindingState.CLOSED)
"""States in which a run has shown that the failure is gone."""


def why_unproven(
    finding: Finding, item: MeasurementRecord, *, run: Run, datasets: Callable[[], Datasets]
) -> str:
    """Why this pass does not prove that the failure is gone; "" when it does.

    `datasets` is asked only when the data differs.
    """
    failed = finding.last_run
    if run.version_id < failed.version_id:
        return (
            "Passes on an older version than the one that failed last: only that version or a newer"
            " one proves it mended."
        )
    if run.finished_at and failed.finished_at and run.finished_at < failed.finished_at:
        return "Passed before it failed last."
    new, old = data_of(run), data_of(failed)
    if new != old and _is_older(new, old, datasets()):
        return (
            "Passes on other data than the failure, which was not registered after it: only the same"
            " data or newer data proves it mended."
        )
    if not _holds_limit_of(finding.measurement, item):
        # Moving the limit is not mending the model: the finding stays, and says why.
        return "Passes only against a looser limit than the one it failed."
    return ""


def why_bygone(finding: Finding, *, run: Run, in_production: Callable[[], bool]) -> str:
    """Why this failure is no news: a newer version stands for the finding; "" when it is news.

    What serves is always news, unless the repair is proven and only waits to be deployed.
    """
    if finding.state in PROVEN and finding.proof is not None:
        if run.version_id >= finding.proof.version_id:
            return ""
        if finding.state == FindingState.CLOSED and in_production():
            return ""
        return "Fails on an older version than the one that proves it mended: the proof stands."
    if run.version_id >= finding.last_run.version_id or in_production():
        return ""
    return "Fails on an older version than the one that failed last, which stands for the finding."


def data_of(run: Run) -> Mapping[str, str]:
    """Role → SHA-256 of what the run measured on; empty for what another tool pushed."""
    found = run.reproducibility.get("data_sha256")
    return found if isinstance(found, Mapping) else {}


def _is_older(new: Mapping[str, str], failed: Mapping[str, str], datasets: Datasets) -> bool:
    """True when a table was replaced by one that was not registered after it."""
    return any(
        new[role] != failed[role]
        and datasets.get((role, new[role]), 0) <= datasets.get((role, failed[role]), 0)
        for role in new.keys() & failed.keys()
    )


def _holds_limit_of(failed: MeasurementRecord, item: MeasurementRecord) -> bool:
    """True when the whole interval lies within the limit that was failed, whatever the limit is now."""
    low = -math.inf if item.low is None else item.low
    high = math.inf if item.high is None else item.high
    return (failed.threshold_min is None or low >= failed.threshold_min) and (
        failed.threshold_max is None or high <= failed.threshold_max
    )
