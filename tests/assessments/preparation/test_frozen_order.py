"""The order of groups is that of freezing, whatever order a database keeps the keys in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from assessments.core.preparation_cuts import apply_cut, facts_of_column, freeze_column
from assessments.core.preparation_spec import GroupRule


@pytest.mark.parametrize("values", [["white", "hispanic", "black", "mn"], ["b", "aa", "ccc"]])
def test_keys_in_another_order_give_the_same_groups(values: list[str]) -> None:
    column = pa.chunked_array([pa.array(values * 40)])
    frozen = freeze_column("race", facts_of_column(column), GroupRule())
    # As PostgreSQL's jsonb does: shorter keys first.
    labels = dict(sorted(frozen["labels"].items(), key=lambda item: (len(item[0]), item[0])))
    assert list(labels) != list(frozen["labels"])
    as_frozen = apply_cut("race", column, frozen)
    as_stored = apply_cut("race", column, {**frozen, "labels": labels})
    assert as_stored.labels == as_frozen.labels
    assert np.array_equal(as_stored.codes, as_frozen.codes)
    assert list(as_stored.raw) == list(as_frozen.raw)
