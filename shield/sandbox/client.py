"""What the product calls to learn what is in an upload, and to read and score it.

    description = describe({"test": TableSource(path, "csv")}, profile=["race", "age"])
    prepared = prepare(PrepareRequest(...), scratch)

Each call is one child process under limits (see `process` and `confinement`); this module and all
that it imports load neither Django nor pyarrow nor any model library.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shield.sandbox import process
from shield.sandbox.answers import read_description, read_isolation, read_warnings
from shield.sandbox.contract import (
    DEFAULT_LIMITS,
    MODEL_KINDS,
    TABLE_FORMATS,
    Column,
    Description,
    Label,
    Limits,
    ModelDescription,
    ModelSource,
    Prepared,
    PrepareRequest,
    Profile,
    SandboxFailure,
    TableDescription,
    TableSource,
)
from shield.sandbox.filenames import PREPARED_NAME
from shield.sandbox.process import Progress

__all__ = [
    "DEFAULT_LIMITS",
    "MODEL_KINDS",
    "TABLE_FORMATS",
    "Column",
    "Description",
    "Label",
    "Limits",
    "ModelDescription",
    "ModelSource",
    "PrepareRequest",
    "Prepared",
    "Profile",
    "Progress",
    "SandboxFailure",
    "TableDescription",
    "TableSource",
    "describe",
    "prepare",
]


def describe(
    tables: Mapping[str, TableSource],
    *,
    profile: Sequence[str] = (),
    model: ModelSource | None = None,
    scratch: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> Description:
    """Rows, columns and profiles of tables, and what a model says about itself; one child for all.

    `profile` names the columns to profile in each table that has them. With `scratch`, the profiled
    columns of each table are also kept there as an Arrow file (`TableDescription.path`), which is
    what freezing intersections of groups needs. Raises SandboxFailure.
    """
    files = {f"table:{role}": source.path for role, source in tables.items()}
    if model is not None:
        files["model"] = model.path
    payload: dict[str, Any] = {
        "tables": [{"role": role, "format": source.format} for role, source in tables.items()],
        "profile": list(profile),
        "model": None if model is None else model.kind,
        "keep": scratch is not None,
    }
    with contextlib.ExitStack() as stack:
        folder = scratch
        if folder is None:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="shield-sandbox-"))
            )
        answer = process.run(
            "describe", payload, files=files, folder=folder, limits=limits, progress=progress
        )
        return read_description(answer, scratch)


def prepare(
    request: PrepareRequest,
    scratch: Path,
    *,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> Prepared:
    """Read the needed columns, score every row, and leave both in one Arrow file inside `scratch`.

    `scratch` is an empty folder of the caller's, the only place the child may write; the caller
    removes it. `progress(fraction, message)` is called about once a second and may raise, which
    ends the child. Raises SandboxFailure.
    """
    files = {"table": request.table.path}
    if request.model is not None:
        files["model"] = request.model.path
    payload = asdict(request)
    payload["table"] = request.table.format
    payload["model"] = None if request.model is None else request.model.kind
    answer = process.run(
        "prepare", payload, files=files, folder=scratch, limits=limits, progress=progress
    )
    path = scratch / PREPARED_NAME
    if path.is_symlink() or not path.is_file():
        raise SandboxFailure("sandbox_protocol", "The sandbox left no table behind.")
    return Prepared(path=path, isolation=read_isolation(answer), warnings=read_warnings(answer))
