"""The model's answers in the words of the table: which class is which label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assessments.core.preparation_table import Encoded, PreparedTable
from shield.sandbox.contract import SandboxFailure
from shield.sandbox.labels import clean_text, find_label

Warnings = list[tuple[str, str]]
_DECISION = "model:decision"


class ModelAnswers:
    """The model's columns in a prepared table.

    A model's classes are matched with the table's labels by value; where the model has no class
    names, by its own decisions; else by order (first class = smallest label), which is warned of.
    """

    def __init__(self, table: PreparedTable) -> None:
        self._table = table
        self.score_names = table.score_columns()
        declared = table.facts.get("classes")
        self._declared: list[str] | None = list(declared) if declared else None

    def decision(self, known: Sequence[str], classes: Sequence[str] | None) -> Encoded | None:
        """The model's own classes, spelled like the table's labels; None when it gives only scores."""
        if not self._table.has(_DECISION):
            return None
        own = self._table.encoded(_DECISION)
        labels = []
        for label in own.labels:
            if self._declared and classes and label in self._declared:
                labels.append(classes[self._declared.index(label)])
            else:
                labels.append(find_label(label, known) or label)
        return Encoded(own.codes, tuple(labels))

    def scores(self, classes: int) -> NDArray[np.float64]:
        """The scores, (n, k); a single score of two classes becomes two columns."""
        columns = [self._table.numbers(name) for name in self.score_names]
        if len(columns) == 1 and classes == 2:
            return np.column_stack([1.0 - columns[0], columns[0]])
        return np.column_stack(columns)

    def classes(self, known: Sequence[str], warnings: Warnings) -> list[str]:
        """One label for each class of the model, in the model's order."""
        count = max(2, len(self.score_names))
        if self._declared is not None and len(self._declared) == count:
            matched = [find_label(label, known) for label in self._declared]
            if any(matched) and len(set(matched) - {None}) == len(matched) - matched.count(None):
                pairs = zip(matched, self._declared, strict=True)
                return [found if found is not None else own for found, own in pairs]
        else:
            paired = self._paired(known)
            if paired is not None:
                return paired
        if len(known) != count:
            raise SandboxFailure(
                "classes_unknown",
                f"The model has {count} classes, the table {len(known)} labels, and nothing says which is "
                "which.",
                'Add the metadata entry "classes" (a JSON list of labels in the order of the scores) '
                "to the model.",
            )
        listed = ", ".join(clean_text(label, 40) for label in known)
        message = (
            f"The model does not name its classes; the labels were taken in their order: {listed}."
        )
        if not self._obvious(known):
            warnings.append(("classes_by_order", message))
        return list(known)

    def _obvious(self, known: Sequence[str]) -> bool:
        """0 and 1 in their order need no warning."""
        return list(known) == ["0", "1"]

    def _paired(self, known: Sequence[str]) -> list[str] | None:
        """Classes from rows: the label that the model decides where a class has the largest score."""
        if not self._table.has(_DECISION) or len(self.score_names) < 2:
            return None
        own = self._table.encoded(_DECISION)
        largest = self.scores(len(self.score_names)).argmax(axis=1)
        found: list[str] = []
        for place in range(len(self.score_names)):
            labels = np.unique(own.codes[largest == place])
            if len(labels) != 1:
                return None
            label = own.labels[int(labels[0])]
            found.append(find_label(label, known) or label)
        return found if len(set(found)) == len(found) else None
