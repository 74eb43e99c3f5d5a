"""Intersections: sensitive columns crossed, small combinations pooled, the large ones freezable."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from assessments.core.preparation_cuts import MAX_GROUPS, MAX_POOLED_LISTED, OTHER
from assessments.core.preparation_partition import Partition
from assessments.core.preparation_spec import SubjectSpec
from assessments.core.subject import Group, Grouping

_COUNTED_CELLS = 1 << 22


def crossings(spec: SubjectSpec, partitions: Mapping[str, Partition]) -> list[tuple[str, ...]]:
    """Which sensitive columns are crossed: every pair (and more, up to `depth`) that can differ."""
    usable = [name for name in spec.sensitive if name in partitions]
    usable = [name for name in dict.fromkeys(usable) if len(partitions[name].labels) > 1]
    return [names for size in range(2, spec.depth + 1) for names in combinations(usable, size)]


def crossing_key(names: tuple[str, ...]) -> str:
    """The name of a crossing, as in `Grouping.name`; also its key among the frozen rules."""
    return " × ".join(names)


def _combined(
    names: tuple[str, ...], partitions: Mapping[str, Partition]
) -> tuple[NDArray[np.int64], tuple[int, ...]]:
    """Every row's cell in the crossing, (n,), and the crossing's shape."""
    parts = [partitions[name] for name in names]
    shape = tuple(len(part.labels) for part in parts)
    codes = np.ravel_multi_index(tuple(part.codes for part in parts), shape)
    return codes, shape


def _distinct(
    codes: NDArray[np.int64], shape: tuple[int, ...]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The cells that occur, ascending, and every row's position among them: np.unique by counting."""
    size = int(np.prod(shape))
    if size > _COUNTED_CELLS:
        cells, inverse = np.unique(codes, return_inverse=True)
        return cells, inverse
    occurs = np.bincount(codes, minlength=size) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[codes]


def _minimum(names: tuple[str, ...], spec: SubjectSpec) -> int:
    return max(spec.rule(name).minimum for name in names)


def _cell_labels(
    cell: int, shape: tuple[int, ...], names: tuple[str, ...], partitions: Mapping[str, Partition]
) -> tuple[str, ...]:
    places = np.unravel_index(cell, shape)
    return tuple(partitions[name].labels[int(at)] for name, at in zip(names, places, strict=True))


def large_cells(
    names: tuple[str, ...], partitions: Mapping[str, Partition], spec: SubjectSpec
) -> list[tuple[str, ...]]:
    """The label combinations that are large enough to stand alone, at most `MAX_GROUPS`."""
    codes, shape = _combined(names, partitions)
    cells, inverse = _distinct(codes, shape)
    sizes = np.bincount(inverse, minlength=len(cells))
    order = np.argsort(-sizes, kind="stable")[:MAX_GROUPS]
    large = np.sort(cells[order[sizes[order] >= _minimum(names, spec)]])
    return [_cell_labels(int(cell), shape, names, partitions) for cell in large]


def cross(
    names: tuple[str, ...], partitions: Mapping[str, Partition], spec: SubjectSpec
) -> Grouping:
    """Cross columns; combinations that do not stand alone are one group "(other)" × "(other)"."""
    codes, shape = _combined(names, partitions)
    frozen = spec.frozen.get("intersections", {}).get(crossing_key(names))
    alone = (
        large_cells(names, partitions, spec)
        if frozen is None
        else [tuple(str(label) for label in labels) for labels in frozen]
    )
    rest = tuple(OTHER for _ in names)
    order = {labels: number for number, labels in enumerate(dict.fromkeys(alone)) if labels != rest}
    cells, inverse = _distinct(codes, shape)
    labels = [_cell_labels(int(cell), shape, names, partitions) for cell in cells]
    target = np.array([order.get(label, len(order)) for label in labels])
    numbered = target[inverse]
    sizes = np.bincount(numbered, minlength=len(order) + 1)
    present = np.flatnonzero(sizes)
    renumber = np.cumsum(sizes > 0) - 1
    names_of = [*order, rest]
    reference = tuple(_reference_label(partitions[name]) for name in names)
    groups = tuple(
        Group(dict(zip(names, names_of[at], strict=True)), int(sizes[at])) for at in present
    )
    return Grouping(
        columns=names,
        codes=renumber[numbered].astype(np.int32),
        groups=groups,
        reference=next(
            (at for at, place in enumerate(present) if names_of[place] == reference), None
        ),
        minimum=_minimum(names, spec),
        pooled=tuple(
            crossing_key(label) for label in labels if label not in order and label != rest
        )[:MAX_POOLED_LISTED],
        rule=f"crossed; combinations of fewer than {_minimum(names, spec)} rows are in {OTHER}",
    )


def _reference_label(part: Partition) -> str | None:
    return None if part.reference is None else part.labels[part.reference]
