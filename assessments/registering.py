"""From a folder with a `shield.yaml` to a registered version: everything is checked before anything
is kept. A dry run goes the same way and stops before the last step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from assessments.core.check import REGISTRY
from assessments.core.parameters import ParameterError, parse_parameters
from assessments.core.plugins import load_checks
from assessments.core.preparation import freeze_groups
from assessments.scratch import folder
from assessments.subjects import subject_spec
from shield.common.errors import InvalidInput
from shield.registry.files import Fingerprint, fingerprint
from shield.registry.manifest import Manifest, ManifestError, Problem, load
from shield.registry.manifest.checks import validate_checks
from shield.registry.manifest.columns import check as check_columns
from shield.registry.models import Version
from shield.registry.services import Guard, service_register
from shield.sandbox.client import ModelSource, SandboxFailure, TableSource, describe
from shield.sandbox.contract import Description


@dataclass(frozen=True, slots=True)
class Examined:
    """A manifest whose files were looked into: what is in them, and how groups would be frozen."""

    manifest: Manifest
    description: Description
    group_rules: Mapping[str, object]
    seen: Mapping[Path, Fingerprint]


def manifest_read(path: Path) -> Manifest:
    """The manifest, with its checks and parameters held against those that exist.

    Raises ManifestError with every problem and its line.
    """
    load_checks()
    manifest = load(path)
    _refuse(_check_problems(manifest))
    return manifest


def examine(manifest: Manifest) -> Examined:
    """Look into the files that a manifest names, in the sandbox.

    Raises ManifestError for columns and labels that are not there, InvalidInput for a file that
    cannot be used.
    """
    tables, model = sources(manifest)
    named = {manifest.artefact, *(table.file for table in manifest.data.tables.values())}
    seen = {file: fingerprint(file) for file in named}
    with folder("register") as scratch:
        try:
            description = describe(
                tables, profile=manifest.data.profiled, model=model, scratch=scratch
            )
        except SandboxFailure as failure:
            raise unusable(manifest, failure) from failure
        _refuse(check_columns(manifest, description))
        spec = subject_spec(manifest.as_json(), frozen={})
        table = description.tables["test"]
        rules = freeze_groups(spec, table.path or table.profiles, rows=table.rows)
    return Examined(manifest, description, rules, seen)


def sources(manifest: Manifest) -> tuple[dict[str, TableSource], ModelSource | None]:
    """The tables by role, and the model where there is one, as the sandbox is told of them."""
    tables = {
        role: TableSource(table.file, table.format) for role, table in manifest.data.tables.items()
    }
    file = manifest.model.file
    return tables, ModelSource(manifest.model.kind, file) if file is not None else None


def register(*, manifest_path: Path, actor: str, guard: Guard | None = None) -> Version:
    """The version that a manifest names, registered; everything is checked before anything is kept.

    `guard` is asked in the transaction that registers, for the service or the unit of a new one.
    Raises ManifestError with every problem and its line, InvalidInput when a file cannot be used,
    Conflict when the version's label already names other bytes.
    """
    examined = examine(manifest_read(manifest_path))
    return service_register(
        manifest=examined.manifest,
        description=examined.description,
        group_rules=examined.group_rules,
        actor=actor,
        seen=examined.seen,
        guard=guard,
    )


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


def unusable(manifest: Manifest, failure: SandboxFailure) -> InvalidInput:
    """The failure with the manifest's line that names the file, where its message names one."""
    named = {f"data.{role}.path": table.file for role, table in manifest.data.tables.items()}
    if manifest.model.file is not None:
        named["model.path"] = manifest.model.file
    for key, file in named.items():
        if file.name in failure.message:
            place = f"{manifest.file.name}:{manifest.line(key)}: {key}: "
            return InvalidInput(failure.code, place + failure.message, failure.hint)
    return InvalidInput(failure.code, failure.message, failure.hint)
