"""What a run does to findings: opens, sees again, resolves, closes and regresses them.

Only a measurement that was decided counts. One that is inconclusive, in error, skipped or
descriptive proves nothing, and a run that did not finish proves nothing at all. What a run finds whose
service was retired while it ran waits with the service's other findings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from shield.findings.changes import Change, write
from shield.findings.choices import TimelineAct
from shield.findings.effects import Effects
from shield.findings.identity import fingerprint
from shield.findings.models import Finding, TimelineEntry
from shield.findings.retirement import set_aside
from shield.findings.standing import Standing
from shield.records.choices import OutcomeChoice, RunState
from shield.records.models import MeasurementRecord, Run
from shield.records.selectors import DOCUMENTS
from shield.records.services import log_add
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.models import Service

MOST_NAMED: Final = 20
"""Findings that a line of a log names."""
# Acts that mark "this run has been taken into account for this finding".
_BY_RUN = [
    TimelineAct.OPENED,
    TimelineAct.SEEN,
    TimelineAct.RESOLVED,
    TimelineAct.CLOSED,
    TimelineAct.REGRESSED,
    TimelineAct.WORSE,
    TimelineAct.ACCEPTANCE_EXPIRED,
    TimelineAct.REOPENED,
]


@transaction.atomic
def findings_update(*, run: Run) -> list[Finding]:
    """Bring the service's findings up to date with `run`; return those that it touched.

    Call in the transaction that finishes the run. The service's row is locked first, so two runs of
    one service take turns (on SQLite the write lock does the same) and the second one sees what the
    first one wrote; the unique fingerprint guards the rest. Calling again for the same run finds
    its timeline entries and changes nothing.
    """
    run = Run.objects.select_related("version").get(pk=run.pk)
    if run.state != RunState.FINISHED:
        return []
    service = Service.objects.select_for_update(no_key=True).get(pk=run.service_id)
    decided = list(
        MeasurementRecord.objects.filter(
            check_record__run=run, outcome__in=[OutcomeChoice.PASS, OutcomeChoice.FAIL]
        )
        .prefetch_related("check_record")  # one object a check, not one a measurement
        .order_by("check_record__position", "position")
    )
    known = _known(service, {item.check_record.check_id for item in decided})
    effects = Effects(run, service, Standing.of(known.values()))
    done = set(
        TimelineEntry.objects.filter(
            run=run, finding__service=service, act__in=_BY_RUN
        ).values_list("finding_id", flat=True)
    )
    changes = [
        change
        for item in decided
        if (change := _change(effects, known, done, item)) is not None and change.entries
    ]
    if service.retired_at is not None:
        for change in changes:
            set_aside(change)
    write(changes)
    _say_unproven(run, changes)
    SERVICE_CHANGED.tell([service.pk])
    return [change.finding for change in changes]


def _say_unproven(run: Run, changes: Sequence[Change]) -> None:
    """A line in the run's log when something passes that stays a finding all the same."""
    named = [
        change.finding.label
        for change in changes
        for entry in change.entries
        if entry.act == TimelineAct.SEEN
        and entry.measurement is not None
        and entry.measurement.outcome == OutcomeChoice.PASS
    ]
    if named:
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        log_add(
            run_id=run.pk,
            message=f"Passes, but proves nothing mended: {', '.join(named[:MOST_NAMED])}{more}. "
            "The timelines of the findings say why.",
        )


def _change(
    effects: Effects, known: dict[str, Finding], done: set[int], item: MeasurementRecord
) -> Change | None:
    identity = _fingerprint(effects.service, item)
    finding = known.get(identity)
    if finding is None:
        failed = item.outcome == OutcomeChoice.FAIL
        return effects.opened(item, fingerprint=identity) if failed else None
    if finding.pk in done:
        return None
    if item.outcome == OutcomeChoice.FAIL:
        return effects.failed(finding, item)
    return effects.passed(finding, item)


def _fingerprint(service: Service, item: MeasurementRecord) -> str:
    check = item.check_record
    return fingerprint(
        service=service.slug, check=check.check_id, version=check.check_version, slice=item.slice
    )


def _known(service: Service, checks: set[str]) -> dict[str, Finding]:
    """By fingerprint. Documents of the runs are not read: thousands of findings share them."""
    rows = (
        Finding.objects.select_for_update(of=("self",))
        .select_related("measurement", "last_run", "proof")
        .defer(*(f"{run}__{name}" for run in ("last_run", "proof") for name in DOCUMENTS))
        .defer("proof__reproducibility")
        .filter(service=service, check_id__in=checks)
        .order_by("pk")
    )
    known = {}
    for finding in rows:
        finding.service = service
        known[finding.fingerprint] = finding
    return known
