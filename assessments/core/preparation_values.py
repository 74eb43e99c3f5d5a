"""What the tasks share: complete columns, and the arrays that a subject is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.core.preparation_table import Encoded, PreparedTable, refuse_rows

Warnings = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `Subject` holds under the same names."""

    label: NDArray[np.generic] | None
    decision: NDArray[np.generic] | None
    score: NDArray[np.float64] | None
    classes: tuple[str, ...] = ()


def complete(table: PreparedTable, name: str | None, code: str, what: str) -> Encoded | None:
    """A categorical column in which no value is missing; None when the manifest names none."""
    if name is None:
        return None
    encoded = table.encoded(f"data:{name}")
    refuse_rows(
        encoded.codes < 0,
        code,
        f"Column {name!r} has no {what}",
        "Remove these rows or fill the column: a row that is silently left out would bias every rate.",
    )
    return encoded


def warn_of_one_class(what: str, values: NDArray[np.generic] | None, warnings: Warnings) -> None:
    """Add a warning when a label or decision is the same in every row."""
    if values is not None and len(np.unique(values)) == 1:
        message = f"Every row has the same {what}: rates that need both kinds cannot be measured."
        warnings.append((f"one_class_{what}", message))
