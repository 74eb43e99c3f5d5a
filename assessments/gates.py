"""The gate of a run: as it is when the run ends, and as it is now.

What a run measured and the policy that judged it never change. Which failures people have decided on
does: an acceptance ends, another is approved. So the gate can be asked again at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from shield.evidence.gate import Gate, gate
from shield.evidence.measurement import Measurement
from shield.evidence.outcome import Outcome
from shield.evidence.policy import Policy
from shield.findings.identity import fingerprint
from shield.findings.risks import accepted_risks, false_positives
from shield.records.choices import RunKind
from shield.records.measurements import measurement_of
from shield.records.models import CheckRecord, MeasurementRecord, Run
from shield.registry.manifest.checks import is_external
from shield.risk.catalogue import CHECKS


def gate_of(
    run: Run,
    checks: Sequence[CheckRecord],
    rows: Sequence[MeasurementRecord],
    *,
    counts: Callable[[str], bool],
    at: datetime | None = None,
) -> Gate:
    """The gate by the rules of the run's own policy whose check `counts`, with the decisions at `at`.

    `rows` know their check record; nothing needs to be saved.
    """
    policy = Policy.from_json(run.policy)
    rules = {check: rule for check, rule in policy.rules.items() if counts(check)}
    versions = {check.check_id: check.check_version for check in checks}

    def identity(measurement: Measurement) -> str:
        return fingerprint(
            service=run.service.slug,
            check=measurement.check,
            version=versions[measurement.check],
            slice=measurement.slice,
        )

    measured = [(measurement_of(row), row) for row in rows]
    failed = {identity(item): row for item, row in measured if item.outcome is Outcome.FAIL}
    known = run.service.pk is not None
    return gate(
        [item for item, _ in measured],
        replace(policy, rules=rules),
        accepted_risks(service=run.service, failed=failed, at=at) if known else {},
        false_positives=false_positives(service=run.service, failed=failed) if known else {},
        fingerprint=identity,
    )


def gate_now(run: Run, *, at: datetime) -> Gate:
    """What the gate of a finished run says at this moment. A few queries, whatever was measured."""
    run = Run.objects.select_related("service", "version").get(pk=run.pk)  # with its documents
    checks = list(CheckRecord.objects.filter(run=run).order_by("position"))
    rows = MeasurementRecord.objects.filter(check_record__run=run)
    measured = list(rows.prefetch_related("check_record").order_by("check_record", "position"))
    if run.kind == RunKind.PUSHED:  # its policy names what was sent, and nothing else
        return gate_of(run, checks, measured, counts=lambda check: True, at=at)
    manifest = run.inputs.get("manifest") or run.version.manifest
    tasks = CHECKS.tasks_of(
        favourable=(manifest.get("data") or {}).get("favourable"),
        measured=[check.check_id for check in checks if check.outcome != Outcome.SKIPPED],
    )

    def counts(check: str) -> bool:
        fits = CHECKS.fits(check, tasks)
        return not is_external(check) if fits is None else fits

    return gate_of(run, checks, measured, counts=counts, at=at)
