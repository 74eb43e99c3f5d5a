"""The main job: register a service, start a run, execute it, cancel it, bring lost ones back.

`manage.py assess` and the Celery task call the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction

from assessments.core.check import REGISTRY
from assessments.core.parameters import ParameterError, parameters_as_json, parse_parameters
from assessments.core.planning import UnknownCheck, select_checks
from assessments.core.plugins import load_checks
from assessments.core.preparation import freeze_groups
from assessments.execution import execute
from assessments.scratch import folder, sweep
from assessments.subjects import subject_spec
from shield.common.errors import InvalidInput
from shield.evidence.measurement import Threshold
from shield.evidence.policy import Policy
from shield.records.models import Run
from shield.records.reaper import runs_mark_enqueued, runs_reap
from shield.records.services import run_cancel, run_create
from shield.registry.erasure import refuse_erased
from shield.registry.files import fingerprint
from shield.registry.manifest import Manifest, ManifestError, Problem, load
from shield.registry.manifest.checks import validate_checks
from shield.registry.manifest.columns import check as check_columns
from shield.registry.models import Version
from shield.registry.selectors import registration_warnings
from shield.registry.services import service_register
from shield.risk.services import policy_for
from shield.sandbox.client import ModelSource, SandboxFailure, TableSource, describe

__all__ = ["register", "run_cancel", "run_execute", "run_start", "runs_recover"]

EXECUTE = "assessments.tasks.execute"
LARGEST_SEED = 2**63 - 1

log = structlog.get_logger(__name__)
run_execute = execute


def register(*, manifest_path: Path, actor: str) -> Version:
    """The version that a manifest names, registered; everything is checked before anything is kept.

    Raises ManifestError with every problem and its line, InvalidInput when a file cannot be used,
    Conflict when the version's label already names other bytes.
    """
    load_checks()
    manifest = load(manifest_path)
    _refuse(_check_problems(manifest))
    tables = {
        role: TableSource(table.file, table.format) for role, table in manifest.data.tables.items()
    }
    model = (
        ModelSource(manifest.model.kind, manifest.model.file)
        if manifest.model.file is not None
        else None
    )
    named = {manifest.artefact, *(table.file for table in manifest.data.tables.values())}
    seen = {file: fingerprint(file) for file in named}
    with folder("register") as scratch:
        try:
            description = describe(
                tables, profile=manifest.data.profiled, model=model, scratch=scratch
            )
        except SandboxFailure as failure:
            raise _unusable(manifest, failure) from failure
        _refuse(check_columns(manifest, description))
        spec = subject_spec(manifest.as_json(), frozen={})
        table = description.tables["test"]
        rules = freeze_groups(spec, table.path or table.profiles, rows=table.rows)
    return service_register(
        manifest=manifest, description=description, group_rules=rules, actor=actor, seen=seen
    )


def run_start(*, version: Version, actor: str, seed: int = 0, enqueue: bool = True) -> Run:
    """A queued run of `version`; a worker hears of it once the transaction has committed.

    With `enqueue` False nobody is told, because the caller executes it. Raises InvalidInput for a
    seed out of range, an unknown check or parameters that no longer fit, and Conflict when data that
    it needs was erased.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidInput(
            "run.seed", f"The seed {seed} is out of range.", f"Use 0 to {LARGEST_SEED}."
        )
    refuse_erased(version=version)
    loaded = [(warning.code, warning.message) for warning in load_checks()]
    manifest = version.manifest
    policy, policy_warnings = policy_for(
        tier=version.service.tier,
        service_id=version.service_id,
        overrides={name: Threshold(**it) for name, it in manifest.get("policy", {}).items()},
        checks=manifest.get("checks", ()),
        fail_on=manifest.get("gate", {}).get("fail_on"),
    )
    with transaction.atomic():
        run = run_create(
            version=version,
            plan=_plan(
                policy, manifest.get("parameters", {}), asked_for=manifest.get("checks", ())
            ),
            inputs={"manifest": manifest, "group_rules": version.service.group_rules},
            policy=policy,
            seed=seed,
            actor=actor,
            warnings=[*loaded, *registration_warnings(version), *policy_warnings],
        )
        if enqueue:
            _enqueue([run.pk])
    return run


def runs_recover() -> list[UUID]:
    """Bring back runs whose worker is gone and tell the workers of every run nobody heard of.

    What dead workers left on this machine is removed.
    """
    sweep()
    waiting = runs_reap()
    if waiting:
        with transaction.atomic():
            _enqueue(waiting)
        log.info("runs_recovered", count=len(waiting))
    return waiting


def _enqueue(run_ids: list[UUID]) -> None:
    """Tell the workers after the commit. A broker that is away loses only time: see the reaper."""
    runs_mark_enqueued(run_ids=run_ids)
    for run_id in run_ids:
        transaction.on_commit(_message(run_id), robust=True)


def _message(run_id: UUID) -> Callable[[], None]:
    """A named function, because Django asks a callback that failed for its name."""

    def send() -> None:
        current_app.send_task(EXECUTE, args=[str(run_id)])

    return send


def _plan(
    policy: Policy,
    parameters: Mapping[str, Mapping[str, object]],
    *,
    asked_for: Collection[str],
) -> list[dict[str, object]]:
    """One entry per check. What the manifest itself names is told as skipped when it cannot run;
    what only the tier names is left out where it does not fit the task."""
    try:
        checks = select_checks(policy.checks, REGISTRY.all())
    except UnknownCheck as error:
        raise InvalidInput("run.unknown_check", str(error), "Correct `checks`.") from error
    entries: list[dict[str, object]] = []
    for check in checks:
        try:
            values: object = parse_parameters(check.parameters, parameters.get(check.id, {}))
        except ParameterError as error:
            raise InvalidInput(
                "run.parameters", f"{check.id}: {error}", "Correct `parameters`."
            ) from error
        entries.append(
            {
                "check": check.id,
                "version": check.version,
                "parameters": parameters_as_json(values),
                "by_id": check.id in asked_for,
            }
        )
    return entries


def _check_problems(manifest: Manifest) -> list[Problem]:
    """Unknown checks and parameters, then parameter values that do not fit, with their lines."""
    known = {check.id: check.parameters for check in REGISTRY.all().values()}
    problems = validate_checks(manifest, known)
    said = {problem.key for problem in problems}
    for check_id, values in manifest.parameters.items():
        if check_id not in known:
            continue
        try:
            parse_parameters(known[check_id], values)
        except ParameterError as error:
            for each in error.problems:
                key = f"parameters.{check_id}.{each.key}"
                if key not in said:
                    expected = f"{each.expected}, got {each.found}"
                    problems.append(
                        Problem(manifest.file.name, manifest.line(key), key, expected, "correct it")
                    )
    return problems


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise ManifestError(problems)


def _unusable(manifest: Manifest, failure: SandboxFailure) -> InvalidInput:
    """The failure with the manifest's line that names the file, where its message names one."""
    named = {f"data.{role}.path": table.file for role, table in manifest.data.tables.items()}
    if manifest.model.file is not None:
        named["model.path"] = manifest.model.file
    for key, file in named.items():
        if file.name in failure.message:
            place = f"{manifest.file.name}:{manifest.line(key)}: {key}: "
            return InvalidInput(failure.code, place + failure.message, failure.hint)
    return InvalidInput(failure.code, failure.message, failure.hint)
