"""A dry run: everything is computed, nothing is registered, no finding is touched.

The same steps as registering and executing a run, with rows that are never saved; so its document is
the result that the same files, policy and seed would have.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from assessments.core.check import REGISTRY
from assessments.core.engine import FinishedCheck, run_check, summarise
from assessments.core.planning import plan_checks
from assessments.core.preparation import build_subject, prepare_request
from assessments.core.subject import Subject
from assessments.finishing import packages, run_gate
from assessments.registering import Examined, examine, manifest_read, sources, unusable
from assessments.scratch import folder
from assessments.services import Order, run_order
from assessments.subjects import subject_spec
from shield.accounts.models import BusinessUnit
from shield.evidence.canonical import digest
from shield.evidence.outcome import Outcome
from shield.findings.identity import fingerprint
from shield.findings.models import Finding
from shield.records.measurements import measurement_row
from shield.records.models import CheckRecord, MeasurementRecord, Run
from shield.records.services import warnings_as_json
from shield.registry.manifest import Manifest
from shield.registry.models import Service, Version
from shield.registry.registration import frozen_rules, refuse_other_bytes, refuse_retired, tier_kept
from shield.registry.services import Guard
from shield.reports.result import Document, document
from shield.sandbox.client import SandboxFailure, prepare

Progress = Callable[[float, str], None]
PREPARED = 0.4
DRY_RUN = "dry_run"


@dataclass(frozen=True, slots=True)
class _Stage:
    """What would be registered, and how it would be judged."""

    manifest: Manifest
    service: Service
    version: Version
    group_rules: Mapping[str, object]
    order: Order


def rehearse(
    *,
    manifest_path: Path,
    run_id: UUID,
    digests: Mapping[str, str],
    seed: int,
    guard: Guard,
    progress: Progress,
) -> Document:
    """The result document of an assessment that leaves no trace; `digests`: path → SHA-256.

    Raises what registering and starting a run would raise.
    """
    started = time.perf_counter()
    examined = examine(manifest_read(manifest_path))
    progress(0.1, "Reading the data")
    stage = _stage(examined, digests, guard)
    subject, warnings, isolation = _subject(stage, progress)
    finished = _checks(stage, subject, seed, progress)
    run = Run(
        id=run_id, service=stage.service, version=stage.version, seed=seed,
        policy=stage.order.policy.as_json(),
    )  # fmt: skip
    rows = _rows(run, finished)
    _summary(run, subject, rows)
    known, new = _findings(stage.service, rows)
    found = [*stage.order.loaded, *stage.order.warnings, *warnings]
    found += [each for check in finished for each in check.warnings]
    run.warnings = warnings_as_json([(DRY_RUN, _note(new)), *found])
    run.reproducibility = _reproducibility(
        stage, digests, run, isolation=isolation, duration_s=time.perf_counter() - started
    )
    return document(run=run, checks=rows, findings=known)


def _stage(examined: Examined, digests: Mapping[str, str], guard: Guard) -> _Stage:
    """The service as it would be: the known one, or a new one that is never saved."""
    manifest = examined.manifest
    section = manifest.service
    known = Service.objects.select_related("unit").filter(slug=section.id).first()
    service = known or Service(
        slug=section.id, name=section.name, tier=section.tier, unit=_unit(section.unit)
    )
    guard(service)
    refuse_retired(service)
    named = manifest.model.path or manifest.data.test.path
    version = Version(
        service=service, label=manifest.model.version, kind=manifest.model.kind,
        artefact_sha256=digests[named],
    )  # fmt: skip
    if known is not None:
        same = Version.objects.filter(service=known, label=version.label).first()
        if same is not None:
            refuse_other_bytes(same, kind=version.kind, sha256=version.artefact_sha256)
    return _Stage(
        manifest=manifest,
        service=service,
        version=version,
        group_rules=frozen_rules(examined.group_rules, service.group_rules),
        order=run_order(
            manifest=manifest.as_json(),
            tier=tier_kept(section.tier, service.tier),
            service_id=service.pk,
        ),
    )


def _unit(slug: str | None) -> BusinessUnit:
    return BusinessUnit.objects.get(slug=slug) if slug else BusinessUnit.default()


def _subject(
    stage: _Stage, progress: Progress
) -> tuple[Subject, list[tuple[str, str]], Mapping[str, str]]:
    tables, model = sources(stage.manifest)
    spec = subject_spec(stage.manifest.as_json(), frozen=stage.group_rules)
    request = prepare_request(spec, table=tables["test"], model=model)
    with folder("rehearse") as scratch:
        try:
            prepared = prepare(
                request, scratch, progress=lambda done, said: progress(PREPARED * done, said)
            )
        except SandboxFailure as failure:
            raise unusable(stage.manifest, failure) from failure
        subject, warnings = build_subject(prepared.path, spec)
    return subject, [*prepared.warnings, *warnings], prepared.isolation


def _checks(stage: _Stage, subject: Subject, seed: int, progress: Progress) -> list[FinishedCheck]:
    known, plan = REGISTRY.all(), stage.order.plan
    planned = plan_checks(
        [known[str(entry["check"])] for entry in plan],
        asked_by_id=[str(entry["check"]) for entry in plan if entry["by_id"]],
        parameters={str(entry["check"]): entry["parameters"] for entry in plan},  # type: ignore[misc]
        task=subject.task,
        needs_met=subject.needs_met,
    )
    finished = []
    for index, check in enumerate(planned):
        progress(PREPARED + (1 - PREPARED) * index / len(planned), check.check.title)
        finished.append(
            run_check(
                check, subject=subject, policy=stage.order.policy, seed=seed, progress=progress
            )
        )
    return finished


Rows = Sequence[tuple[CheckRecord, Sequence[MeasurementRecord]]]


def _rows(run: Run, finished: Sequence[FinishedCheck]) -> Rows:
    """Check records and measurements as a run would keep them, not saved."""
    rows = []
    for position, done in enumerate(finished):
        check = CheckRecord(
            run=run, position=position, check_id=done.check.id, check_version=done.check.version,
            pillar=done.check.pillar, title=done.check.title[:200],
            parameters=dict(done.parameters), reason=done.reason, duration_s=done.duration_s,
            outcome=done.outcome.value if done.outcome else None,
        )  # fmt: skip
        items = [
            measurement_row(item, record=check, position=place)
            for place, item in enumerate(done.measurements)
        ]
        rows.append((check, items))
    return rows


def _summary(run: Run, subject: Subject, rows: Rows) -> None:
    summary = summarise(
        (check.pillar, Outcome(check.outcome) if check.outcome else None) for check, _ in rows
    )
    run.outcome = summary.outcome.value if summary.outcome else None
    run.pillars = {name: it.value if it else None for name, it in summary.pillars.items()}
    run.coverage = dict(summary.coverage)
    items = [item for _, found in rows for item in found]
    run.gate = run_gate(run, subject.task, [check for check, _ in rows], items).as_json()


def _findings(service: Service, rows: Rows) -> tuple[list[Finding], list[str]]:
    """Findings that are known already, and the titles of what would be new."""
    failed: dict[str, str] = {}
    for check, items in rows:
        for item in items:
            if item.outcome == Outcome.FAIL:
                identity = fingerprint(
                    service=service.slug, check=check.check_id, version=check.check_version,
                    slice=item.slice,
                )  # fmt: skip
                failed[identity] = check.title
    known = list(Finding.objects.filter(fingerprint__in=failed)) if service.pk else []
    seen = {finding.fingerprint for finding in known}
    return known, [title for identity, title in failed.items() if identity not in seen]


def _note(new: Sequence[str]) -> str:
    return (
        "Dry run: nothing was registered and no finding was touched. "
        f"It would open {len(new)} new finding{'' if len(new) == 1 else 's'}."
    )


def _reproducibility(
    stage: _Stage, digests: Mapping[str, str], run: Run, **facts: object
) -> dict[str, Any]:
    return {
        "model_sha256": stage.version.artefact_sha256,
        "data_sha256": {
            role: digests[table.path] for role, table in stage.manifest.data.tables.items()
        },
        "policy_sha256": digest(run.policy),
        "seed": run.seed,
        "packages": packages(stage.version.kind),
        "isolation": dict(facts["isolation"]),  # type: ignore[call-overload]
        "duration_s": facts["duration_s"],
    }
