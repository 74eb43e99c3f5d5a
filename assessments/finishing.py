"""The end of a run: roll-up, gate, provenance and findings, in one transaction."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from django.db import transaction

from assessments.core.check import REGISTRY
from assessments.core.engine import summarise
from assessments.core.planning import left_out
from assessments.core.subject import Task
from assessments.gates import gate_of
from shield.evidence.gate import Gate
from shield.evidence.outcome import Outcome
from shield.findings.services import findings_update
from shield.records.leases import Lease
from shield.records.models import CheckRecord, MeasurementRecord, Run
from shield.records.services import run_finish
from shield.registry.choices import ModelKind
from shield.registry.manifest.checks import is_external
from shield.risk.policies.versions import policy_in_force

_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    ModelKind.ONNX: ("onnxruntime",),
    ModelKind.XGBOOST: ("xgboost-cpu",),
    ModelKind.LIGHTGBM: ("lightgbm",),
    ModelKind.SKOPS: ("skops", "scikit-learn"),
}


@transaction.atomic
def finish(
    *,
    lease: Lease,
    run: Run,
    task: Task,
    warnings: Sequence[tuple[str, str]],
    isolation: Mapping[str, str],
    duration_s: float,
) -> Run:
    """Finish the run and bring the findings up to date; both happen, or neither does.

    Everything is computed from the committed check records, so it does not matter which attempt
    measured what.
    """
    checks = list(CheckRecord.objects.filter(run=run).order_by("position"))
    rows = list(
        MeasurementRecord.objects.filter(check_record__run=run).select_related("check_record")
    )
    summary = summarise(
        (check.pillar, Outcome(check.outcome) if check.outcome else None) for check in checks
    )
    found = [(each["code"], each["message"]) for each in run.warnings]
    found += warnings
    found += [(each["code"], each["message"]) for check in checks for each in check.warnings]
    finished = run_finish(
        lease=lease,
        outcome=summary.outcome,
        pillars=summary.pillars,
        coverage=summary.coverage,
        left_out=left_out(
            policy_in_force(run.service.tier).checks,
            REGISTRY.all(),
            planned={check.check_id for check in checks},
            task=task,
        ),
        gate=run_gate(run, task, checks, rows).as_json(),
        warnings=found,
        reproducibility={
            "model_sha256": run.version.artefact_sha256,
            "data_sha256": dict(run.datasets.order_by("role").values_list("role", "sha256")),
            "policy_sha256": run.policy_sha256,
            "seed": run.seed,
            "packages": packages(run.version.kind),
            "isolation": dict(isolation),
            "duration_s": duration_s,
        },
    )
    findings_update(run=finished)
    return finished


def run_gate(
    run: Run, task: Task, checks: Sequence[CheckRecord], rows: Sequence[MeasurementRecord]
) -> Gate:
    """The gate, with the rules that apply to this kind of target and this kind of run: no rule for
    regression can be unmet by a binary service, and none for what another tool pushes by a run.

    `rows` know their check record; nothing needs to be saved.
    """
    known = REGISTRY.all()

    def counts(check: str) -> bool:
        return task in known[check].tasks if check in known else not is_external(check)

    return gate_of(run, checks, rows, counts=counts)


@cache
def packages(kind: str) -> dict[str, str]:
    """The versions of what computed the numbers."""
    names = ("numpy", "scipy", "pyarrow", *_LIBRARIES.get(kind, ()))
    return {"python": platform.python_version()} | {
        name: found for name in names if (found := _version(name)) is not None
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
