"""Prepared tables as the sandbox would leave them, built in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from assessments.core.preparation import SubjectSpec, build_subject
from assessments.core.subject import Grouping, Subject


def save(
    folder: Path,
    data: Mapping[str, Any],
    model: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Path:
    """Columns of the table, columns of the model, and the sandbox's notes on the model."""
    columns = {f"data:{name}": pa.array(values) for name, values in data.items()}
    columns |= {f"model:{name}": pa.array(values) for name, values in (model or {}).items()}
    columns = {
        name: values.cast(pa.string()) if pa.types.is_null(values.type) else values
        for name, values in columns.items()
    }
    table = pa.table(columns)
    path = folder / "prepared.arrow"
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=997)
    if facts is not None:
        base = {"kind": "onnx", "form": "probabilities", "classes": None, "features": []}
        (folder / "prepared.json").write_text(json.dumps({**base, **facts}))
    return path


def subject_of(
    folder: Path,
    data: Mapping[str, Any],
    *,
    model: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    **spec: Any,
) -> tuple[Subject, list[str]]:
    """The subject and the codes of its warnings."""
    built, warnings = build_subject(save(folder, data, model, facts), SubjectSpec(**spec))
    return built, [code for code, _ in warnings]


def sizes(grouping: Grouping) -> dict[Any, int]:
    """Label (or labels) → rows, as the groups say; the codes must say the same."""
    named = {
        next(iter(group.slice.values()))
        if len(group.slice) == 1
        else tuple(group.slice.values()): group.n
        for group in grouping.groups
    }
    assert [group.n for group in grouping.groups] == grouping.sizes.tolist()
    return named
