"""The profile of a column: how much is missing, which labels there are, how the numbers lie."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shield.sandbox.contract import PROFILE_LABELS
from shield.sandbox.labels import label_text

_QUANTILES = [step / 20 for step in range(21)]


def profile(column: pa.ChunkedArray) -> dict[str, Any]:
    """The profile of a tidy column as JSON values (see `contract.Profile`)."""
    if not len(column):
        return {
            "nulls": 0, "distinct": 0, "labels": [], "minimum": None, "maximum": None, "quantiles": None,
        }  # fmt: skip
    counts = pc.value_counts(column).drop_null() if column.null_count else pc.value_counts(column)
    values, numbers = counts.field("values"), counts.field("counts")
    present = pc.is_valid(values)
    values, numbers = values.filter(present), numbers.filter(present)
    minimum, maximum, quantiles = _range(column)
    return {
        "nulls": column.null_count,
        "distinct": len(values),
        "labels": _labels(values, numbers),
        "minimum": minimum,
        "maximum": maximum,
        "quantiles": quantiles,
    }


def _labels(values: pa.Array, counts: pa.Array) -> list[list[Any]]:
    """(label, count), most frequent first, ties by label; the head only."""
    order = pc.select_k_unstable(
        pa.table({"count": counts, "value": values}),
        k=min(PROFILE_LABELS, len(values)),
        sort_keys=[("count", "descending"), ("value", "ascending")],
    ) if len(values) else pa.array([], pa.int64())  # fmt: skip
    head = zip(values.take(order).to_pylist(), counts.take(order).to_pylist(), strict=True)
    return [[label_text(value), count] for value, count in head]


def _range(column: pa.ChunkedArray) -> tuple[float | None, float | None, list[float] | None]:
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return None, None, None
    numbers = column.cast(pa.float64(), safe=False)
    finite = numbers.filter(pc.fill_null(pc.is_finite(numbers), False))
    if not len(finite):
        return None, None, None
    quantiles = pc.quantile(finite, q=_QUANTILES, interpolation="lower").to_pylist()
    assert all(math.isfinite(edge) for edge in quantiles)
    return quantiles[0], quantiles[-1], quantiles
