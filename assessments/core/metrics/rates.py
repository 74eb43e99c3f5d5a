"""The rates of a binary confusion table, each as "so many of so many" rows.

Every rate is successes / trials, both sums of cells [label, decision] with 1 the favourable label:
TN = [0, 0], FP = [0, 1], FN = [1, 0], TP = [1, 1]. Range [0, 1]; a group without trials has no
rate (it is unmeasured, never 0). Names as in Fawcett (2006), "An introduction to ROC analysis".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Cell = tuple[int, int]
TN: Cell = (0, 0)
FP: Cell = (0, 1)
FN: Cell = (1, 0)
TP: Cell = (1, 1)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate: its name, formula and words, and the cells it counts.

    `counted` says what happened to the successes ("were selected"), `among` what the trials are
    ("rows with the favourable label"). A rate that needs no label counts decisions only.
    """

    name: str
    formula: str
    counted: str
    among: str
    successes: tuple[Cell, ...]
    trials: tuple[Cell, ...]
    needs_label: bool = True

    def of(self, counts: NDArray[np.number]) -> tuple[NDArray[np.number], NDArray[np.number]]:
        """Successes and trials from counts of shape (…, n_labels, 2); answers of shape (…,)."""
        if not self.needs_label:
            decisions = counts.sum(axis=-2)
            return decisions[..., 1], decisions[..., 0] + decisions[..., 1]
        return _sum(counts, self.successes), _sum(counts, self.trials)

    def rows(
        self, label: NDArray[np.generic] | None, decision: NDArray[np.generic]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which rows are successes and which are trials, shape (n,) each."""
        table = np.zeros((2, 2, 2), dtype=bool)
        for cell in self.successes:
            table[0][cell] = True
        for cell in self.trials:
            table[1][cell] = True
        if label is None:
            if self.needs_label:
                raise ValueError(f"the {self.name} needs labels")
            label = np.zeros_like(decision)
        label, decision = label.astype(np.intp), decision.astype(np.intp)
        return table[0][label, decision], table[1][label, decision]


def _sum(counts: NDArray[np.number], cells: tuple[Cell, ...]) -> NDArray[np.number]:
    total = counts[..., cells[0][0], cells[0][1]]
    for label, decision in cells[1:]:
        total = total + counts[..., label, decision]
    return total


_ALL = (TN, FP, FN, TP)
_FAVOURABLE = "rows with the favourable label"
_UNFAVOURABLE = "rows with the unfavourable label"

SELECTION = Rate(
    "selection rate", "(TP + FP) / N", "were selected", "rows", (FP, TP), _ALL, needs_label=False
)
TRUE_POSITIVE = Rate(
    "true-positive rate", "TP / (TP + FN)", "were selected", _FAVOURABLE, (TP,), (FN, TP)
)
FALSE_POSITIVE = Rate(
    "false-positive rate", "FP / (FP + TN)", "were selected", _UNFAVOURABLE, (FP,), (TN, FP)
)
TRUE_NEGATIVE = Rate(
    "true-negative rate", "TN / (FP + TN)", "were not selected", _UNFAVOURABLE, (TN,), (TN, FP)
)
FALSE_NEGATIVE = Rate(
    "false-negative rate", "FN / (TP + FN)", "were not selected", _FAVOURABLE, (FN,), (FN, TP)
)
POSITIVE_PREDICTIVE_VALUE = Rate(
    "positive predictive value",
    "TP / (TP + FP)",
    "have the favourable label",
    "selected rows",
    (TP,),
    (FP, TP),
)
NEGATIVE_PREDICTIVE_VALUE = Rate(
    "negative predictive value",
    "TN / (TN + FN)",
    "have the unfavourable label",
    "rows not selected",
    (TN,),
    (TN, FN),
)
ACCURACY = Rate("accuracy", "(TP + TN) / N", "were decided as labelled", "rows", (TN, TP), _ALL)
BASE_RATE = Rate("base rate", "(TP + FN) / N", "have the favourable label", "rows", (FN, TP), _ALL)
OVERLAP = Rate(
    "Jaccard index",
    "TP / (TP + FP + FN)",
    "are both selected and favourable",
    "rows selected or favourable",
    (TP,),
    (FP, FN, TP),
)

RATES = (
    SELECTION,
    TRUE_POSITIVE,
    FALSE_POSITIVE,
    TRUE_NEGATIVE,
    FALSE_NEGATIVE,
    POSITIVE_PREDICTIVE_VALUE,
    NEGATIVE_PREDICTIVE_VALUE,
    ACCURACY,
    BASE_RATE,
    OVERLAP,
)


def rate_table(counts: NDArray[np.number], rates: tuple[Rate, ...] = RATES) -> NDArray[np.float64]:
    """Point values of several rates at once, NaN where a group has no trials.

    Shapes: counts (…, 2, 2); answer (len(rates), …).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([np.true_divide(*rate.of(counts)) for rate in rates])


def f1_from_overlap(overlap: NDArray[np.floating] | float) -> NDArray[np.floating] | float:
    """F1 = 2 J / (1 + J) of the Jaccard index J; monotone, so interval ends map one to one.

    F1 = 2 TP / (2 TP + FP + FN) is not a share of rows, but J = TP / (TP + FP + FN) is: its
    Wilson interval gives an interval for F1 without any resampling.
    """
    return 2.0 * overlap / (1.0 + overlap)
