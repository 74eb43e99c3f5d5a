"""From what a manifest says of model and data to what the sandbox and the core need to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from assessments.core.preparation import (
    MINIMUM_GROUP,
    GroupRule,
    SubjectSpec,
    build_subject,
    prepare_request,
)
from assessments.core.subject import Subject
from shield.records.models import Run
from shield.registry.choices import DatasetRole, ModelKind
from shield.registry.files import local_path
from shield.sandbox.client import ModelSource, TableSource, prepare


def subject_spec(manifest: Mapping[str, Any], *, frozen: Mapping[str, object]) -> SubjectSpec:
    """What the columns mean, from a manifest's JSON form; `frozen` are the service's group rules."""
    data = manifest["data"]
    return SubjectSpec(
        kind=manifest["model"]["kind"],
        target=data.get("target"),
        favourable=data.get("favourable"),
        prediction=data.get("prediction"),
        score=data.get("score"),
        sensitive=tuple(data.get("sensitive", ())),
        groups={
            column: GroupRule(
                bins=tuple(rule["bins"]) if rule.get("bins") else None,
                reference=rule.get("reference"),
                minimum=rule.get("minimum", MINIMUM_GROUP),
            )
            for column, rule in data.get("groups", {}).items()
        },
        legitimate=tuple(data.get("legitimate", ())),
        person=data.get("person"),
        frozen=frozen,
    )


def prepare_subject(
    run: Run, *, scratch: Path, progress: Callable[[float, str], None]
) -> tuple[Subject, tuple[tuple[str, str], ...], Mapping[str, str]]:
    """The run's subject, warnings, and which protections of the sandbox were active.

    Works from the run's own snapshot and the stored files, never from the folder of the manifest.
    Raises SandboxFailure for input that cannot be used.
    """
    manifest = run.inputs["manifest"]
    spec = subject_spec(manifest, frozen=run.inputs["group_rules"])
    test = run.datasets.select_related("file").get(role=DatasetRole.TEST)
    with ExitStack() as files:
        model = None
        if run.version.kind != ModelKind.PREDICTIONS:
            artefact = files.enter_context(local_path(run.version.artefact))
            model = ModelSource(run.version.kind, artefact)
        table = TableSource(files.enter_context(local_path(test.file)), test.format)
        request = prepare_request(spec, table=table, model=model)
        prepared = prepare(request, scratch, progress=progress)
    subject, warnings = build_subject(prepared.path, spec)
    return subject, (*prepared.warnings, *warnings), prepared.isolation
