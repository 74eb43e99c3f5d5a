"""What one measurement of a run does to one finding. It only says what changes; `proof` writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import Q
from django.utils import timezone

from shield.evidence.outcome import Severity
from shield.findings import acceptance as acceptances
from shield.findings.changes import Change
from shield.findings.choices import EndReason, FindingState, TimelineAct
from shield.findings.claims import end as claim_end
from shield.findings.claims import lift as claim_lift
from shield.findings.identity import major
from shield.findings.models import Clock, Finding, TimelineEntry
from shield.findings.repairs import PROVEN, Datasets, data_of, why_bygone, why_unproven
from shield.findings.sla import due_date
from shield.findings.standing import Standing
from shield.findings.transitions import Move, target
from shield.findings.wording import finding_title
from shield.records.choices import OutcomeChoice, SeverityChoice
from shield.records.models import MeasurementRecord, Run
from shield.registry.choices import Environment
from shield.registry.models import Dataset, Deployment, Service


@dataclass(frozen=True)
class Effects:
    """The effect of one run on findings of its service."""

    run: Run
    service: Service
    standing: Standing = field(default_factory=Standing)

    @cached_property
    def at(self) -> datetime:
        """When the run ended: the clock of what it finds starts there."""
        return self.run.finished_at or timezone.now()

    @cached_property
    def in_production(self) -> bool:
        """Whether the run assessed the version that serves."""
        return Deployment.objects.filter(
            version_id=self.run.version_id,
            environment=Environment.PRODUCTION,
            ended_at__isnull=True,
        ).exists()

    @cached_property
    def datasets(self) -> Datasets:
        """The service's data in the order of registration: asked when a pass is on other data."""
        rows = Dataset.objects.filter(service=self.service).values_list("role", "sha256", "pk")
        return {(role, sha256): pk for role, sha256, pk in rows}

    @cached_property
    def failed_before(self) -> set[int]:
        """Findings, proven mended, that this model had failed already under this or another label."""
        same = Q(run__version=self.run.version_id) | Q(
            run__version__artefact_sha256=self.run.version.artefact_sha256
        )
        rows = TimelineEntry.objects.filter(
            same,
            finding__service=self.service,
            finding__state__in=PROVEN,
            measurement__outcome=OutcomeChoice.FAIL,
        )
        return set(rows.values_list("finding_id", flat=True))

    def opened(self, item: MeasurementRecord, *, fingerprint: str) -> Change:
        """A failure that nobody has seen before."""
        severity, check = _severity(item), item.check_record
        finding = Finding(
            fingerprint=fingerprint,
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
        change = self._change(finding)
        change.made.append(_clock(finding, started_at=self.at))
        self._tell(change, item, TimelineAct.OPENED, "")
        return change

    def failed(self, finding: Finding, item: MeasurementRecord) -> Change:
        """A known failure again: seen, regressed, or worse than what was decided on."""
        change = self._change(finding)
        before = finding.state
        bygone = why_bygone(finding, run=self.run, in_production=lambda: self.in_production)
        if bygone:
            self._tell(change, item, TimelineAct.SEEN, before, f"{bygone} {item.sentence}")
            return change
        change.set(
            last_run=self.run,
            measurement=item,
            title=finding_title(item.check_record.title, item.slice),
        )
        self._judge(change, item)
        regressed = target(before, Move.FAIL)
        if regressed is not None:
            self._regress(change, item, regressed)
        elif not self._end_acceptance(change, item) and not self._end_false_positive(change, item):
            stays = before == FindingState.FALSE_POSITIVE
            note = f"It stays a false positive. {item.sentence}" if stays else ""
            self._tell(change, item, TimelineAct.SEEN, before, note)
        return change

    def passed(self, finding: Finding, item: MeasurementRecord) -> Change:
        """A known failure that passes now: the run is the proof, if it is one."""
        change = self._change(finding)
        if not self._can_move(finding):
            return change
        unproven = why_unproven(finding, item, run=self.run, datasets=lambda: self.datasets)
        if unproven:
            self._tell(change, item, TimelineAct.SEEN, finding.state, f"{unproven} {item.sentence}")
            return change
        note = item.sentence
        if data_of(self.run) != data_of(finding.last_run):
            note = f"{note} Measured on other data than the failure.".strip()
        for move, act in (
            (Move.PASS, TimelineAct.RESOLVED),
            (Move.PASS_IN_PRODUCTION, TimelineAct.CLOSED),
        ):
            before, to = finding.state, target(finding.state, move)
            if to is None or (move is Move.PASS_IN_PRODUCTION and not self.in_production):
                continue
            if move is Move.PASS:
                self._settle(change)
            change.set(state=to, proof=self.run)
            self._tell(change, item, act, before, note)
        return change

    def _can_move(self, finding: Finding) -> bool:
        """Whether a pass that proves something would move it at all."""
        if target(finding.state, Move.PASS) is not None:
            return True
        return target(finding.state, Move.PASS_IN_PRODUCTION) is not None and self.in_production

    def _judge(self, change: Change, item: MeasurementRecord) -> None:
        """Follow the policy's severity. A person's override holds until the policy says graver than
        before and than the override: then what was weighed is no longer what is."""
        finding, new = change.finding, _severity(item)
        graver = _rank(new) > max(_rank(finding.policy_severity), _rank(finding.severity))
        kept = finding.severity_overridden and not graver
        before = finding.severity
        change.set(policy_severity=new)
        if kept or new == before:
            change.set(severity_overridden=finding.severity != new and kept)
            return
        due = self._due(finding.opened_at, new)
        change.set(severity=new, severity_overridden=False, due_at=due, sla_due_at=None)
        change.clock |= {"severity": new, "due_at": due, "sla_due_at": due}
        change.tell(
            TimelineAct.SEVERITY,
            note=f"{before} → {new}: the policy's severity for what was measured.",
            run=self.run,
            measurement=item,
        )

    def _regress(self, change: Change, item: MeasurementRecord, to: FindingState) -> None:
        """The clock starts again, unless this model had failed already: then nothing was mended, and
        no run between two failures moves the date."""
        finding, before, note = change.finding, change.finding.state, ""
        if finding.pk in self.failed_before:
            note = f"This version had failed before: it is due as it was. {item.sentence}".strip()
        else:
            due = self._due(self.at, finding.severity)
            change.set(opened_at=self.at, due_at=due, sla_due_at=None)
        change.set(
            state=to,
            decided_at=None,
            resolved_at=None,
            proof=None,
            regressions=finding.regressions + 1,
        )
        change.clock.clear()
        change.made.append(_clock(finding, started_at=self.at))
        self._tell(change, item, TimelineAct.REGRESSED, before, note)

    def _end_acceptance(self, change: Change, item: MeasurementRecord) -> bool:
        """End the acceptance when its date has come or it no longer covers what was measured."""
        finding = change.finding
        row = self.standing.active.get(finding.pk)
        if row is None or finding.state != FindingState.ACCEPTED:
            return False
        why = EndReason.EXPIRED if row.expires_at <= self.at else acceptances.worsening(row, item)
        if why is None:
            return False
        acceptances.lift(change, row, why, run=self.run, measurement=item)
        return True

    def _end_false_positive(self, change: Change, item: MeasurementRecord) -> bool:
        """Open it again when what is measured is worse than what two people called none."""
        row = self.standing.confirmed.get(change.finding.pk)
        if row is None or change.finding.state != FindingState.FALSE_POSITIVE:
            return False
        why = acceptances.worsening(row, item)
        if why is not None:
            claim_lift(change, row, why, run=self.run, measurement=item)
        return why is not None

    def _settle(self, change: Change) -> None:
        """What is resolved needs no decision any more, and its clock stops."""
        finding = change.finding
        for rows in (self.standing.active, self.standing.proposed):
            if (row := rows.get(finding.pk)) is not None:
                acceptances.end(change, row, EndReason.RESOLVED)
        if (claim := self.standing.claims.get(finding.pk)) is not None:
            claim_end(change, claim, EndReason.RESOLVED)
        change.set(resolved_at=finding.resolved_at or self.at, accepted_until=None, pending="")
        change.clock["stopped_at"] = finding.resolved_at

    def _change(self, finding: Finding) -> Change:
        return Change(finding, f"run {self.run.pk}", self.at)

    def _due(self, opened_at: datetime, severity: str) -> datetime:
        return due_date(opened_at=opened_at, severity=severity, tier=self.service.tier)

    def _tell(
        self, change: Change, item: MeasurementRecord, act: TimelineAct, before: str, note: str = ""
    ) -> None:
        note = note or item.sentence
        change.tell(act, before=before, note=note, run=self.run, measurement=item)
        if act == TimelineAct.SEEN:
            return
        finding = change.finding
        change.audit(
            f"finding.{act}",
            before={"state": before} if before else None,
            after={"state": finding.state, "severity": finding.severity},
            reason=note,
        )


def _clock(finding: Finding, *, started_at: datetime) -> Clock:
    return Clock(
        finding=finding,
        severity=finding.severity,
        started_at=started_at,
        sla_due_at=finding.sla_due_at or finding.due_at,
        due_at=finding.due_at,
    )


def _severity(item: MeasurementRecord) -> str:
    # A failure whose policy names no severity counts as grave until somebody says otherwise.
    return item.severity or SeverityChoice.HIGH.value


def _rank(severity: str) -> int:
    return Severity(severity).rank
