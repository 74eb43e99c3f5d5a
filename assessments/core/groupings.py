"""The partitions of the rows into groups of people: single columns, then intersections.

What is decided from data (bins, which groups are large enough to stand alone) can be frozen when a
service first registers, so that the identity of a finding does not move with the data. Nothing is
ever dropped: a row that is in no group of its own is in "(other)".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from assessments.core.preparation_crossing import cross, crossing_key, crossings, large_cells
from assessments.core.preparation_cuts import facts_of_column, facts_of_profile, freeze_column
from assessments.core.preparation_partition import Partition, Warnings, partition
from assessments.core.preparation_spec import SubjectSpec
from assessments.core.preparation_table import PreparedTable
from assessments.core.subject import Group, Grouping
from shield.sandbox.contract import Profile


def freeze_groups(
    spec: SubjectSpec, source: Path | Mapping[str, Profile], *, rows: int | None = None
) -> dict[str, Any]:
    """Decide how every sensitive and legitimate column is cut, as JSON values to keep.

    `source` is the Arrow file with the profiled columns that `describe(scratch=…)` left (or any
    prepared table), or only the profiles (then with `rows`); from profiles, small bins and small
    intersections stay undecided and follow the data of each run.
    """
    if isinstance(source, Path):
        table = PreparedTable(source)
        return _freeze_from_table(spec, table)
    columns = {
        name: freeze_column(
            name, facts_of_profile(source[name], rows or _rows(source[name])), spec.rule(name)
        )
        for name in spec.cut_columns
        if name in source
    }
    return {"version": 1, "columns": columns, "intersections": {}}


def _rows(profile: Profile) -> int:
    """At least the rows behind a profile (labels are capped, so this may be fewer)."""
    return profile.nulls + sum(count for _, count in profile.labels)


def _freeze_from_table(spec: SubjectSpec, table: PreparedTable) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    partitions: dict[str, Partition] = {}
    for name in spec.cut_columns:
        column = _column(table, name)
        frozen = freeze_column(name, facts_of_column(column), spec.rule(name))
        columns[name] = frozen
        if frozen["kind"] != "identifier":
            partitions[name] = partition(name, column, frozen, spec.rule(name), [])
            frozen["alone"] = list(partitions[name].alone)
    intersections = {
        crossing_key(names): [list(labels) for labels in large_cells(names, partitions, spec)]
        for names in crossings(spec, partitions)
    }
    return {"version": 1, "columns": columns, "intersections": intersections}


def _column(table: PreparedTable, name: str) -> pa.ChunkedArray:
    """Prepared tables prefix the columns of the upload; kept profile columns are bare."""
    return table.column(f"data:{name}" if table.has(f"data:{name}") else name)


def build_groupings(
    spec: SubjectSpec, table: PreparedTable
) -> tuple[tuple[Grouping, ...], tuple[Grouping, ...], Warnings]:
    """The groupings of the sensitive columns with their intersections, and of the legitimate ones."""
    warnings: Warnings = []
    partitions: dict[str, Partition] = {}
    for name in spec.cut_columns:
        column = _column(table, name)
        frozen = spec.frozen.get("columns", {}).get(name)
        if frozen is None:
            frozen = freeze_column(name, facts_of_column(column), spec.rule(name))
        if frozen["kind"] == "identifier":
            message = (
                f"Column {name!r} has {frozen['distinct']:,} distinct values: it identifies people "
                "rather than groups, so no groups are formed from it."
            )
            warnings.append(("column_is_identifier", message))
        else:
            partitions[name] = partition(name, column, frozen, spec.rule(name), warnings)
    single = {name: _grouping((name,), part, spec) for name, part in partitions.items()}
    crossed = [cross(names, partitions, spec) for names in crossings(spec, partitions)]
    sensitive = tuple(single[name] for name in spec.sensitive if name in single)
    legitimate = tuple(single[name] for name in spec.legitimate if name in single)
    _warn_of_single_groups(single, warnings)
    return sensitive + tuple(crossed), legitimate, warnings


def _grouping(columns: tuple[str, ...], part: Partition, spec: SubjectSpec) -> Grouping:
    sizes = np.bincount(part.codes, minlength=len(part.labels))
    return Grouping(
        columns=columns,
        codes=part.codes.astype(np.int32),
        groups=tuple(
            Group({columns[0]: label}, int(size))
            for label, size in zip(part.labels, sizes, strict=True)
        ),
        reference=part.reference,
        minimum=spec.rule(columns[0]).minimum,
        pooled=part.pooled,
        rule=part.rule,
    )


def _warn_of_single_groups(single: Mapping[str, Grouping], warnings: Warnings) -> None:
    for name, grouping in single.items():
        if len(grouping.groups) == 1:
            label = grouping.groups[0].slice[name]
            message = f"Column {name!r} forms only one group ({label}), so nothing can be compared."
            warnings.append(("one_group", message))
