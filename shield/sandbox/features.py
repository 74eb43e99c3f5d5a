"""Which columns of the table are the model's features, and a batch of them as the model wants it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from shield.sandbox.contract import Column, ModelDescription, SandboxFailure
from shield.sandbox.matching import match_features


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns that a table has beside the features."""

    target: str | None
    prediction: str | None
    score: str | None
    person: str | None
    sensitive: tuple[str, ...]

    @property
    def outcome(self) -> set[str]:
        """Columns that can never be a feature."""
        return {name for name in (self.target, self.prediction, self.score, self.person) if name}


@dataclass(frozen=True, slots=True)
class Selection:
    """The feature columns in the model's order, and how they were found."""

    columns: tuple[str, ...]
    names: tuple[str, ...]  # the model's names for them
    warnings: tuple[tuple[str, str], ...] = ()


def select_features(
    model: ModelDescription, columns: Sequence[Column], roles: Roles, file: str
) -> Selection:
    """The rule: by name when the model has names; else by position when the count of columns agrees.

    By position means the table's columns in file order, without target, prediction, score and
    person; when these are too many, without the sensitive columns either. Any other count is an
    error, never a guess.
    """
    available = [column.name for column in columns]
    if model.features is not None:
        return _by_name(model.features, available, roles, file)
    if model.width is None:
        raise SandboxFailure(
            "model_inputs_unknown",
            "The model names neither its inputs nor their number.",
            'Add the metadata entry "feature_names" (a JSON list of column names) to the model.',
        )
    candidates = [name for name in available if name not in roles.outcome]
    without = [name for name in candidates if name not in roles.sensitive]
    for chosen in (candidates, without):
        if len(chosen) == model.width:
            listed = ", ".join(chosen[:40])
            message = (
                f"The model does not name its {model.width} inputs; the columns were used in file order: "
                f"{listed}."
            )
            return Selection(tuple(chosen), tuple(chosen), (("features_by_position", message),))
    raise SandboxFailure(
        "feature_count",
        f"The model takes {model.width} inputs and does not name them; {file} has {len(candidates)} columns "
        f"beside target, prediction, score and person, {len(without)} without the sensitive ones.",
        'Add the metadata entry "feature_names" (a JSON list of column names) to the model, '
        "or leave columns that are no features out of the table.",
    )


def _by_name(features: tuple[str, ...], available: list[str], roles: Roles, file: str) -> Selection:
    found, missing = match_features(features, available)
    if missing:
        listed = ", ".join(repr(name) for name in missing[:20])
        raise SandboxFailure(
            "model_input_missing",
            f"The model needs {len(missing)} column(s) that {file} does not have: {listed}.",
            f"The columns of {file} are: {', '.join(available[:40])}.",
        )
    leaked = [name for name in found if name in roles.outcome]
    warnings: tuple[tuple[str, str], ...] = ()
    if leaked:
        message = f"The model takes {', '.join(leaked)} as an input, which is the outcome or an identifier."
        warnings = (("outcome_is_feature", message),)
    return Selection(tuple(found), features, warnings)


@dataclass(frozen=True, slots=True)
class FeatureBatch:
    """Feature columns of some rows, in plain Arrow types. `first` is the number of its first row."""

    batch: pa.RecordBatch
    selection: Selection
    first: int

    @property
    def rows(self) -> int:
        return self.batch.num_rows

    def column(self, position: int) -> pa.Array:
        """The feature at a position of the model's order."""
        return self.batch.column(
            self.batch.schema.get_field_index(self.selection.columns[position])
        )

    def number(self, position: int) -> NDArray[np.float64]:
        """A feature as numbers, (n,); missing is NaN; SandboxFailure when it is text."""
        column = self.column(position)
        if pa.types.is_string(column.type):
            if column.null_count == len(column):
                return np.full(len(column), np.nan)
            raise SandboxFailure(
                "feature_not_numeric",
                f"Column {self.selection.columns[position]!r} holds text, but the model takes numbers.",
                "Export the whole pipeline with its encoders, or encode the column as in training.",
            )
        return column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)

    def matrix(self, dtype: type[np.floating] = np.float64) -> NDArray[np.floating]:
        """All features as numbers, (n, n_features)."""
        count = len(self.selection.columns)
        values = np.empty((self.rows, count), dtype=dtype)
        for position in range(count):
            values[:, position] = self.number(position)
        return values

    def has_text(self) -> bool:
        """True when some feature is text with values."""
        return any(
            pa.types.is_string(column.type) and column.null_count < len(column)
            for column in self.batch.columns
        )
