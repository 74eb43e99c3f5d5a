"""The two things a child can do: describe uploads, and prepare one table with a model's answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from shield.sandbox.contract import SandboxFailure
from shield.sandbox.features import Roles, select_features
from shield.sandbox.filenames import FACTS_NAME, PREPARED_NAME, kept_name
from shield.sandbox.models.base import Model, load_model
from shield.sandbox.scoring import Scorer
from shield.sandbox.tables.delimited import DelimitedTable
from shield.sandbox.tables.opening import open_table
from shield.sandbox.tables.plain import tidy
from shield.sandbox.tables.profile import profile
from shield.sandbox.tables.source import Table, Upload, require_columns, until_types_settle
from shield.sandbox.writing import Writer

Report = Callable[[float, str], None]


def perform_describe(
    payload: Mapping[str, Any], uploads: Mapping[str, Upload], report: Report
) -> dict[str, Any]:
    """Rows, columns, profiles and the model's own description."""
    warnings: list[tuple[str, str]] = []
    tables = []
    for number, entry in enumerate(payload["tables"]):
        upload = uploads[f"table:{entry['role']}"]
        report(number / (len(payload["tables"]) + 1), f"reading {upload.name}")
        table = open_table(upload, entry["format"])
        kept = kept_name(number)
        described = until_types_settle(
            lambda table=table, kept=kept, upload=upload: _describe(  # type: ignore[misc]
                table, payload["profile"], kept, upload
            ),
            len(table.columns()),
        )
        warnings += table.warnings
        tables.append(
            {"role": entry["role"], "kept": kept if payload["keep"] else None, **described}
        )
    model = None
    if payload["model"] is not None:
        model = asdict(load_model(uploads["model"], payload["model"]).description)
    return {"tables": tables, "model": model, "warnings": warnings}


def _describe(table: Table, wanted: Sequence[str], kept: str, upload: Upload) -> dict[str, Any]:
    """One pass over a table. CSV is converted wholly, since only that settles the types."""
    names = [column.name for column in table.columns()]
    profiled = [name for name in dict.fromkeys(wanted) if name in set(names)]
    settles = isinstance(table, DelimitedTable)
    rows = 0
    path = Path.cwd() / kept
    with Writer(path, upload.limits.unfolded_bytes) as writer:
        for batch in table.batches(names if settles else profiled):
            rows += batch.num_rows
            writer.write([(name, tidy(batch.column(name))) for name in profiled])
    if rows == 0:
        raise SandboxFailure(
            "table_empty", f"{upload.name} has a header but no rows.", "Give a table with rows."
        )
    return {
        "rows": rows,
        "columns": [[column.name, column.type] for column in table.columns()],
        "profiles": _profiles(path, profiled),
    }


def _profiles(path: Path, names: Sequence[str]) -> dict[str, Any]:
    if not names:
        return {}
    with pa.memory_map(str(path)) as source:
        columns = pa.ipc.open_file(source).read_all()
        return {name: profile(columns.column(name)) for name in names}


def perform_prepare(
    payload: Mapping[str, Any], uploads: Mapping[str, Upload], report: Report
) -> dict[str, Any]:
    """Carry the needed columns over and score every row; both into one Arrow file."""
    upload = uploads["table"]
    table = open_table(upload, payload["table"])
    roles = Roles(
        payload["target"],
        payload["prediction"],
        payload["score"],
        payload["person"],
        tuple(payload["sensitive"]),
    )
    require_columns(table, payload["columns"], upload.name)
    if roles.person and isinstance(table, DelimitedTable):
        table.force_text(roles.person)
    model = None
    if payload["model"] is not None:
        report(0.0, f"loading {uploads['model'].name}")
        model = load_model(uploads["model"], payload["model"])
    warnings = until_types_settle(
        lambda: _prepare(table, payload["columns"], roles, model, upload, report),
        len(table.columns()),
    )
    return {"warnings": [*table.warnings, *warnings]}


def _prepare(  # noqa: PLR0917
    table: Table,
    carried: Sequence[str],
    roles: Roles,
    model: Model | None,
    upload: Upload,
    report: Report,
) -> list[tuple[str, str]]:
    scorer = None
    needed = list(carried)
    if model is not None:
        selection = select_features(model.description, table.columns(), roles, upload.name)
        scorer = Scorer(model, selection)
        needed += selection.columns
    rows = 0
    with Writer(Path.cwd() / PREPARED_NAME, upload.limits.unfolded_bytes) as writer:
        for batch in table.batches(needed):
            columns = [
                (f"data:{name}", tidy(batch.column(name))) for name in dict.fromkeys(carried)
            ]
            if scorer is not None:
                columns += scorer.score(batch, rows)
            writer.write(columns)
            rows += batch.num_rows
            # The total is not known before the end of a CSV file: approach 1 without reaching it.
            report(rows / (rows + 200_000), f"read {rows:,} rows of {upload.name}")
        if rows == 0:
            raise SandboxFailure(
                "table_empty", f"{upload.name} has a header but no rows.", "Give a table with rows."
            )
    if scorer is not None:
        text = json.dumps(scorer.facts())
        Path(FACTS_NAME).write_text(text, encoding="utf-8")
    return [] if scorer is None else scorer.warnings()
