"""What a run does to findings: opens, sees again, resolves, closes and regresses them.

Only a measurement that was decided counts. One that is inconclusive, in error, skipped or
descriptive proves nothing, and a run that did not finish proves nothing at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from shield.audit.services import record
from shield.findings.choices import FindingState, TimelineAct
from shield.findings.identity import fingerprint, major
from shield.findings.models import Finding, TimelineEntry
from shield.findings.sla import due_date
from shield.findings.transitions import Move, target
from shield.findings.wording import finding_title
from shield.records.choices import OutcomeChoice, RunState, SeverityChoice
from shield.records.models import MeasurementRecord, Run
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.choices import Environment
from shield.registry.models import Deployment, Service

# Acts that mark "this run has been taken into account for this finding".
_BY_RUN = [
    TimelineAct.OPENED,
    TimelineAct.SEEN,
    TimelineAct.RESOLVED,
    TimelineAct.CLOSED,
    TimelineAct.REGRESSED,
]
_CHANGED = [
    "state", "title", "severity", "policy_severity", "last_run", "measurement", "proof",
    "opened_at", "due_at", "resolved_at", "updated_at",
]  # fmt: skip


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
        .select_related("check_record")
        .order_by("check_record__position", "position")
    )
    update = _Update(run=run, service=service, at=run.finished_at or timezone.now())
    known = _known(service, {item.check_record.check_id for item in decided})
    seen = set(
        TimelineEntry.objects.filter(
            run=run, finding__service=service, act__in=_BY_RUN
        ).values_list("finding_id", flat=True)
    )
    touched: list[tuple[Finding, list[TimelineEntry]]] = []
    for item in decided:
        finding = known.get(_fingerprint(service, item))
        if finding is not None and finding.pk in seen:
            continue
        if item.outcome == OutcomeChoice.FAIL:
            touched.append(update.opened(item) if finding is None else update.failed(finding, item))
        elif finding is not None and (entries := update.passed(finding, item)):
            touched.append((finding, entries))
    _save(run, touched)
    SERVICE_CHANGED.tell([service.pk])
    return [finding for finding, _ in touched]


def _fingerprint(service: Service, item: MeasurementRecord) -> str:
    check = item.check_record
    return fingerprint(
        service=service.slug, check=check.check_id, version=check.check_version, slice=item.slice
    )


def _known(service: Service, checks: set[str]) -> dict[str, Finding]:
    rows = (
        Finding.objects.select_for_update(of=("self",))
        .select_related("measurement", "last_run")
        .filter(service=service, check_id__in=checks)
        .order_by("pk")
    )
    return {finding.fingerprint: finding for finding in rows}


@dataclass(frozen=True)
class _Update:
    """The effect of one run; every method returns the timeline entries that tell it."""

    run: Run
    service: Service
    at: datetime

    def opened(self, item: MeasurementRecord) -> tuple[Finding, list[TimelineEntry]]:
        severity = _severity(item)
        check = item.check_record
        finding = Finding(
            fingerprint=_fingerprint(self.service, item),
            service=self.service,
            check_id=check.check_id,
            check_major=major(check.check_version),
            pillar=check.pillar,
            slice=item.slice,
            slice_key=item.slice_key,
            title=finding_title(check.title, item.slice),
            severity=severity,
            policy_severity=severity,
            first_run=self.run,
            last_run=self.run,
            measurement=item,
            opened_at=self.at,
            due_at=self._due(self.at, severity),
        )
        return finding, [self._entry(item, TimelineAct.OPENED, "", FindingState.OPEN)]

    def failed(
        self, finding: Finding, item: MeasurementRecord
    ) -> tuple[Finding, list[TimelineEntry]]:
        before, to = finding.state, target(finding.state, Move.FAIL)
        finding.last_run, finding.measurement = self.run, item
        finding.title = finding_title(item.check_record.title, item.slice)
        overridden = finding.severity != finding.policy_severity
        finding.policy_severity = _severity(item)
        if not overridden:
            finding.severity = finding.policy_severity
        if to is not None:
            finding.state = to
            finding.opened_at, finding.resolved_at, finding.proof = self.at, None, None
        finding.due_at = self._due(finding.opened_at, finding.severity)
        act = TimelineAct.REGRESSED if to else TimelineAct.SEEN
        return finding, [self._entry(item, act, before, finding.state)]

    def passed(self, finding: Finding, item: MeasurementRecord) -> list[TimelineEntry]:
        entries: list[TimelineEntry] = []
        if target(finding.state, Move.PASS) and _is_looser(item, finding.measurement):
            # Moving the limit is not mending the model: the finding stays, and says why.
            note = f"Passes only against a looser limit than the one it failed. {item.sentence}"
            return [self._entry(item, TimelineAct.SEEN, finding.state, finding.state, note)]
        note = item.sentence
        if _data(self.run) != _data(finding.last_run):
            note = f"{note} Measured on other data than the failure.".strip()
        for move, act in (
            (Move.PASS, TimelineAct.RESOLVED),
            (Move.PASS_IN_PRODUCTION, TimelineAct.CLOSED),
        ):
            to = target(finding.state, move)
            if to is None or (move is Move.PASS_IN_PRODUCTION and not self._in_production()):
                continue
            entries.append(self._entry(item, act, finding.state, to, note))
            finding.state, finding.proof = to, self.run
            finding.resolved_at = finding.resolved_at or self.at
        return entries

    def _in_production(self) -> bool:
        return Deployment.objects.filter(
            version_id=self.run.version_id,
            environment=Environment.PRODUCTION,
            ended_at__isnull=True,
        ).exists()

    def _due(self, opened_at: datetime, severity: str) -> datetime:
        return due_date(opened_at=opened_at, severity=severity, tier=self.service.tier)

    def _entry(
        self, item: MeasurementRecord, act: TimelineAct, before: str, after: str, note: str = ""
    ) -> TimelineEntry:
        return TimelineEntry(
            actor=f"run {self.run.pk}",
            act=act,
            from_state=before,
            to_state=after,
            run=self.run,
            measurement=item,
            note=note or item.sentence,
        )


def _data(run: Run) -> object:
    return run.reproducibility.get("data_sha256")


def _severity(item: MeasurementRecord) -> str:
    # A failure whose policy names no severity counts as grave until somebody says otherwise.
    return item.severity or SeverityChoice.HIGH


def _is_looser(new: MeasurementRecord, failed: MeasurementRecord) -> bool:
    """True when the limit that passed lets through what the limit that failed did not."""
    below = failed.threshold_min is not None and (
        new.threshold_min is None or new.threshold_min < failed.threshold_min
    )
    above = failed.threshold_max is not None and (
        new.threshold_max is None or new.threshold_max > failed.threshold_max
    )
    return below or above


def _save(run: Run, touched: list[tuple[Finding, list[TimelineEntry]]]) -> None:
    Finding.objects.bulk_create([finding for finding, _ in touched if finding.pk is None])
    changed = [finding for finding, entries in touched if entries[0].act != TimelineAct.OPENED]
    for finding in changed:
        finding.updated_at = timezone.now()  # bulk_update leaves auto_now to its caller
    Finding.objects.bulk_update(changed, _CHANGED, batch_size=50)
    for finding, entries in touched:
        for entry in entries:
            entry.finding = finding
    TimelineEntry.objects.bulk_create([entry for _, entries in touched for entry in entries])
    for finding, entries in touched:
        for entry in entries:
            if entry.act != TimelineAct.SEEN:
                record(
                    actor=f"run {run.pk}",
                    act=f"finding.{entry.act}",
                    object_type="finding",
                    object_id=finding.pk,
                    object_text=str(finding),
                    before={"state": entry.from_state} if entry.from_state else None,
                    after={"state": entry.to_state, "severity": finding.severity},
                    reason=entry.note,
                    unit=run.unit_id,
                )
