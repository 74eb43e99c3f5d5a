"""What a check sees of the service under assessment: arrays, groups and declared capabilities.

Everything here has already been read, scored and validated by the sandbox; a check never opens a
file and never meets a label as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
FloatArray = NDArray[np.float64]


class Task(StrEnum):
    """What kind of thing the model predicts."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"


class Need(StrEnum):
    """What a check can ask of a subject; a check whose needs are not met is skipped with a reason."""

    DECISIONS = "decisions"  # a predicted class, or a predicted number for regression
    SCORES = "scores"  # a probability (binary: of the favourable label; multi-class: per class)
    LABELS = "labels"  # the truth
    SENSITIVE = "sensitive"  # at least one sensitive column
    LEGITIMATE = "legitimate"  # at least one legitimate column
    REFERENCE = "reference"  # a named reference group
    MODEL = "model"  # the model can be asked about new rows
    GRADIENTS = "gradients"
    TREES = "trees"
    EMBEDDINGS = "embeddings"


@dataclass(frozen=True, slots=True)
class Group:
    """One group of people: its slice ({"race": "black"}, two entries for an intersection) and size."""

    slice: Mapping[str, str]
    n: int


@dataclass(frozen=True, slots=True)
class Grouping:
    """A partition of the rows by one sensitive column or by an intersection of several.

    `codes` has shape (n_rows,), int32, values 0 … len(groups) − 1: every row is in exactly one
    group; missing values and pooled small groups are groups of their own. `reference` is the index
    of the group that the manifest names, or None. `pooled` lists the labels that were merged into
    "other" because they had fewer than `minimum` rows. `rule` says in words how it was cut.
    """

    columns: tuple[str, ...]
    codes: IntArray
    groups: tuple[Group, ...]
    reference: int | None = None
    minimum: int = 30
    pooled: tuple[str, ...] = ()
    rule: str = ""

    @property
    def name(self) -> str:
        """Column names joined by " × ", for headings."""
        return " × ".join(self.columns)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Rows per group, shape (n_groups,)."""
        return np.bincount(self.codes, minlength=len(self.groups)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Subject:
    """One version of a service on its test data.

    Shapes, with n rows and k classes:

    * `label`, `decision`: (n,). Binary: int8, 1 is the favourable label. Multi-class: int32 codes
      into `classes`. Regression: float64. None when there is none.
    * `score`: binary (n,) float64, the probability of the favourable label; multi-class (n, k).
    * `person`: (n,) int32 codes of the person behind a row, when one person has several rows.
    * `groupings`: one per sensitive column, then the intersections; `legitimate`: one per column.
    """

    task: Task
    n: int
    label: NDArray[np.generic] | None = None
    decision: NDArray[np.generic] | None = None
    score: FloatArray | None = None
    classes: tuple[str, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    legitimate: tuple[Grouping, ...] = ()
    person: IntArray | None = None
    needs_met: frozenset[Need] = field(default_factory=frozenset)
