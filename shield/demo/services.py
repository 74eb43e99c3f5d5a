"""Runs the demo: data, registration, assessment, reports, and somebody who can sign in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assessments.services import register, run_execute, run_start
from assessments.workers import worker_name
from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.accounts.services import user_create
from shield.common.errors import Conflict, MissingPrerequisite, ShieldError
from shield.demo.governance import govern
from shield.management.outputs import write_output
from shield.management.rendering import FORMATS, render
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.models import Version

ACTOR = "demo"
USERNAME = "demo"
PEOPLE = {f"demo-{role.value.replace('_', '-')}": role for role in Role if role != Role.ENGINEER}
_ENDINGS = {
    "json": "json",
    "sarif": "sarif",
    "junit": "xml",
    "markdown": "md",
    "html": "html",
    "pdf": "pdf",
}

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Assessed:
    """One assessed service: its run, its files by format, and what could not be written."""

    run: Run
    files: Mapping[str, Path]
    missing: list[MissingPrerequisite]


def assess_folder(*, manifest: Path, progress: Progress) -> Assessed:
    """Register and assess the service of a folder, then write every report beside its data."""
    version = register(manifest_path=manifest, actor=ACTOR)
    run = run_start(version=version, actor=ACTOR, enqueue=False)
    run = run_execute(run_id=run.pk, worker=worker_name(), progress=progress)
    if run.state != RunState.FINISHED:
        error = run.error or {"code": f"run.{run.state}", "message": run.state, "hint": ""}
        raise ShieldError(error["code"], error["message"], error["hint"])
    files, missing = {}, []
    for name in FORMATS:
        target = manifest.parent / f"report.{_ENDINGS[name]}"
        try:
            write_output(str(target), render(name, run))
        except MissingPrerequisite as lacking:  # the demo runs without Pango, and says so
            missing.append(lacking)
        else:
            files[name] = target
    return Assessed(run, files, missing)


def login_create() -> str | None:
    """The password of the user `demo`, made now; None when that user exists already.

    One person for each other role comes with the same password, so that the story of two people, one
    who proposes and one who decides, can be played.
    """
    try:
        _, password = user_create(username=USERNAME, role=Role.ENGINEER, actor=ACTOR)
    except Conflict:
        return None
    for name, role in PEOPLE.items():
        with contextlib.suppress(Conflict):  # somebody of that name is there already
            other, _ = user_create(username=name, role=role, actor=ACTOR)
            other.set_password(password)
            other.save(update_fields=["password"])
    return password


def people_act(*, model: Version) -> None:
    """Let the demo's people act on what was found in `model` and in the decisions before it."""
    roles = {USERNAME: Role.ENGINEER, **PEOPLE}
    people = {roles[each.username]: each for each in User.objects.filter(username__in=roles)}
    govern(model=model, people=people)
