"""Runs that another tool measured: written whole and finished, in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from shield.audit.services import record as audit
from shield.evidence.canonical import digest
from shield.evidence.measurement import Measurement
from shield.evidence.outcome import Outcome, roll_up
from shield.evidence.policy import Policy
from shield.records.choices import RunKind, RunState
from shield.records.measurements import measurement_row
from shield.records.models import CheckRecord, MeasurementRecord, Run
from shield.records.services import log_add
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.models import Version

VERSION = "1"


@dataclass(frozen=True, slots=True)
class PushedCheck:
    """One check of another tool with its judged measurements."""

    check_id: str
    title: str
    measurements: Sequence[Measurement]

    @property
    def outcome(self) -> Outcome | None:
        """The worst of its parts; None when nothing was judged."""
        return roll_up(each.outcome for each in self.measurements)


@transaction.atomic
def run_push(
    *,
    version: Version,
    source: str,
    checks: Sequence[PushedCheck],
    policy: Policy,
    gate: Mapping[str, object],
    measured_at: datetime,
    actor: str,
) -> Run:
    """A finished run of kind `pushed`. Compose with the update of findings in one transaction."""
    rules, now = policy.as_json(), timezone.now()
    worst = roll_up(check.outcome for check in checks)
    run = Run.objects.create(
        service=version.service, version=version, kind=RunKind.PUSHED, source=source[:100],
        state=RunState.FINISHED, progress=1.0, started_at=measured_at, finished_at=now,
        plan=[
            {"check": check.check_id, "version": VERSION, "parameters": {}, "by_id": True}
            for check in checks
        ],
        policy=rules, policy_sha256=digest(rules), requested_by=actor[:200],
        outcome=worst.value if worst else None,
        pillars={"external": worst.value if worst else None},
        coverage={"planned": len(checks), "measured": len(checks), "skipped": 0, "error": 0},
        gate=dict(gate),
        reproducibility={
            "model_sha256": version.artefact_sha256, "data_sha256": {}, "seed": 0,
            "policy_sha256": digest(rules), "packages": {}, "isolation": {}, "duration_s": 0.0,
        },
    )  # fmt: skip
    for position, check in enumerate(checks):
        _check(run, position, check)
    log_add(run_id=run.pk, message=f"Pushed by {actor} from {source}.")
    audit(
        actor=actor, act="run.push", object_type="run", object_id=run.pk, object_text=str(run),
        unit=run.unit_id,
        after={"source": source, "checks": [check.check_id for check in checks],
               "outcome": run.outcome},
    )  # fmt: skip
    SERVICE_CHANGED.tell([run.service_id])
    return run


def _check(run: Run, position: int, check: PushedCheck) -> None:
    record = CheckRecord.objects.create(
        run=run, position=position, check_id=check.check_id, check_version=VERSION,
        pillar="external", title=check.title[:200], duration_s=0.0,
        outcome=check.outcome.value if check.outcome else None, attempts=1,
        finished_at=run.finished_at,
    )  # fmt: skip
    MeasurementRecord.objects.bulk_create(
        [
            measurement_row(item, record=record, position=place)
            for place, item in enumerate(check.measurements)
        ],
        batch_size=500,
    )
