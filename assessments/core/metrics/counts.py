"""The counts engine: group × label × decision cells by one pass over integer codes.

Every confusion-matrix metric is a function of these cells, and the rows are never needed again:
point values, intervals and bootstrap replicates all cost groups, not rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assessments.core.subject import Grouping

Counts = NDArray[np.int64]


def cell_codes(
    label: NDArray[np.generic] | None, decision: NDArray[np.generic], n_classes: int = 2
) -> tuple[NDArray[np.int32], int]:
    """One small integer per row for its (label, decision) cell, and the number of labels.

    Without a label there is one label axis entry, so that counts keep three axes.
    Shapes: label and decision (n,) with values 0 … n_classes − 1; answer (n,).
    """
    cells = decision.astype(np.int32)
    if label is None:
        return cells, 1
    cells += label.astype(np.int32) * np.int32(n_classes)
    return cells, n_classes


def cell_counts(
    codes: NDArray[np.integer], n_groups: int, cells: NDArray[np.integer], n_cells: int
) -> Counts:
    """Rows per (group, cell), shape (n_groups, n_cells), linear in the rows."""
    if n_groups * n_cells < np.iinfo(np.int32).max:
        joint = codes * np.int32(n_cells)  # int32 halves the memory traffic of int64
    else:
        joint = codes.astype(np.int64) * n_cells
    joint += cells
    return np.bincount(joint, minlength=n_groups * n_cells).reshape(n_groups, n_cells)


def confusion_counts(
    groupings: Sequence[Grouping],
    label: NDArray[np.generic] | None,
    decision: NDArray[np.generic],
    n_classes: int = 2,
) -> tuple[Counts, ...]:
    """One table per grouping, shape (n_groups, n_labels, n_classes); n_labels is 1 without labels.

    The cell of a row is worked out once for all groupings.
    """
    cells, n_labels = cell_codes(label, decision, n_classes)
    return tuple(
        cell_counts(each.codes, len(each.groups), cells, n_labels * n_classes).reshape(
            len(each.groups), n_labels, n_classes
        )
        for each in groupings
    )


def group_sums(
    codes: NDArray[np.integer], n_groups: int, values: NDArray[np.number]
) -> NDArray[np.float64]:
    """Sum of `values` per group, shape (n_groups,)."""
    return np.bincount(codes, weights=values, minlength=n_groups).astype(np.float64, copy=False)


def complement(additive: NDArray[np.number]) -> NDArray[np.float64]:
    """The same additive statistics for all other rows: total over groups (axis 0) minus own."""
    values = additive.astype(np.float64, copy=False)
    return values.sum(axis=0, keepdims=True) - values
