"""Cutting one column into groups: the rule is decided once (and can be frozen), then applied to rows.

The rule, as it is printed with the results:

* A numeric column with `bins` is cut there; an edge belongs to the group above it.
* A numeric column of at most ten distinct whole numbers, and text and booleans, are categories.
* Any other numeric column is cut at its quartiles.
* Missing values are a group of their own, "(missing)".
* Groups with fewer than `minimum` rows, and all beyond the 200 largest, are pooled into "(other)".
* A text column in which most values are distinct identifies people; it is not cut at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from assessments.core.preparation_spec import GroupRule
from assessments.core.preparation_table import encode
from shield.evidence.measurement import ALL_GROUPS
from shield.sandbox.contract import Profile, SandboxFailure
from shield.sandbox.labels import clean_text, find_label, label_text, sort_labels

OTHER = "(other)"
MISSING = "(missing)"
MAX_GROUPS = 200
MAX_POOLED_LISTED = 100
LABEL_LENGTH = 80
CATEGORICAL_INTEGERS = 10
_IDENTIFIER_ROWS = 100

Frozen = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What the rule for a column depends on. `labels`: (label, rows), without missing values."""

    rows: int
    missing: int
    distinct: int
    numeric: bool
    labels: tuple[tuple[str, int], ...]
    quartiles: tuple[float, ...] = ()
    smallest: tuple[float, ...] = ()  # the two smallest distinct values, for columns of many ties

    @property
    def whole_numbers(self) -> bool:
        """True for a numeric column with so few whole numbers that they are categories."""
        few = self.distinct <= CATEGORICAL_INTEGERS
        return few and all(float(label).is_integer() for label, _ in self.labels)


def facts_of_profile(profile: Profile, rows: int) -> ColumnFacts:
    """From what the sandbox counted at registration."""
    numeric = profile.quantiles is not None
    quantiles = profile.quantiles or ()
    above = sorted({edge for edge in quantiles if edge > quantiles[0]}) if numeric else []
    return ColumnFacts(
        rows=rows,
        missing=profile.nulls,
        distinct=profile.distinct or rows,
        numeric=numeric,
        labels=profile.labels,
        quartiles=(quantiles[5], quantiles[10], quantiles[15]) if numeric else (),
        smallest=(quantiles[0], *above[:1]) if numeric else (),
    )


def facts_of_column(column: pa.ChunkedArray) -> ColumnFacts:
    """From the rows themselves."""
    numeric = not (pa.types.is_string(column.type) or pa.types.is_boolean(column.type))
    counted = pc.value_counts(column.drop_null())
    values, counts = counts_by_size(counted)
    quartiles: tuple[float, ...] = ()
    smallest: tuple[float, ...] = ()
    if numeric:
        numbers = column.drop_null().cast(pa.float64(), safe=False)
        finite = numbers.filter(pc.is_finite(numbers))
        if len(finite):
            edges = pc.quantile(finite, q=[0.25, 0.5, 0.75], interpolation="lower").to_pylist()
            quartiles = tuple(edges)
            low = pc.min(finite).as_py()
            rest = finite.filter(pc.greater(finite, low))
            smallest = (low, *([pc.min(rest).as_py()] if len(rest) else []))
        else:
            numeric = False
    return ColumnFacts(
        rows=len(column),
        missing=column.null_count,
        distinct=len(counted),
        numeric=numeric,
        labels=tuple(zip(map(label_text, values), counts, strict=True)),
        quartiles=quartiles,
        smallest=smallest,
    )


def counts_by_size(counted: pa.StructArray, limit: int = 2_000) -> tuple[list[Any], list[int]]:
    """The most frequent values and their counts; ties by value, so that the order is stable."""
    if not len(counted):
        return [], []
    order = pc.select_k_unstable(
        pa.table({"count": counted.field("counts"), "value": counted.field("values")}),
        k=min(limit, len(counted)),
        sort_keys=[("count", "descending"), ("value", "ascending")],
    )
    head = counted.take(order)
    return head.field("values").to_pylist(), head.field("counts").to_pylist()


def freeze_column(name: str, facts: ColumnFacts, rule: GroupRule) -> Frozen:
    """The rule for a column as JSON values: kind "bins", "categories" or "identifier"."""
    if rule.bins is not None:
        if not facts.numeric and facts.distinct:
            raise SandboxFailure(
                "bins_on_text",
                f"Column {name!r} holds text, so that it cannot be cut into bins.",
                f"Remove data.groups.{name}.bins, or store the column as numbers.",
            )
        return _bins(rule.bins, f"cut at {_listed(rule.bins)} as the manifest says")
    if facts.numeric and not facts.whole_numbers:
        edges = _quartile_edges(facts)
        return _bins(edges, f"cut at its quartiles {_listed(edges)}")
    identifies = facts.distinct > max(facts.rows * 0.5, _IDENTIFIER_ROWS)
    if identifies and not facts.numeric:
        return {"kind": "identifier", "distinct": facts.distinct}
    return _categories(facts, rule)


def _bins(edges: Sequence[float], rule: str) -> Frozen:
    return {"kind": "bins", "edges": [float(edge) for edge in edges], "rule": rule}


def _quartile_edges(facts: ColumnFacts) -> list[float]:
    """Distinct quartiles above the smallest value; when all fall on it, the next value."""
    low, *following = facts.smallest
    edges = sorted({edge for edge in facts.quartiles if edge > low})
    return edges or list(following)


def _categories(facts: ColumnFacts, rule: GroupRule) -> Frozen:
    large = [label for label, count in facts.labels if count >= rule.minimum][:MAX_GROUPS]
    reference = find_label(rule.reference, [label for label, _ in facts.labels])
    if rule.reference is not None and reference is not None and reference not in large:
        large.append(reference)
    kept = _displayed(sort_labels(large))
    small = [label for label, _ in facts.labels if label not in kept]
    more = facts.distinct - len(facts.labels)
    return {
        "kind": "categories",
        "labels": kept,
        "pooled": sorted(small[:MAX_POOLED_LISTED]),
        "pooled_count": len(small) + more,
        "rule": "its values",
    }


def _displayed(labels: Iterable[str]) -> dict[str, str]:
    """Short clean text for each label; labels that clean up to the same text stay apart by a digest."""
    shown: dict[str, str] = {}
    for label in labels:
        text = clean_text(label, LABEL_LENGTH) or "(blank)"
        if text in (ALL_GROUPS, OTHER, MISSING):
            text = f'"{text}"'
        if text in shown.values():
            digest = hashlib.sha256(label.encode()).hexdigest()[:8]
            text = f"{text} #{digest}"
        shown[label] = text
    return shown


def _listed(edges: Iterable[float]) -> str:
    return ", ".join(number_text(edge) for edge in edges)


def number_text(value: float) -> str:
    """A bin's edge as people write it."""
    return label_text(value) if float(value).is_integer() else f"{value:.6g}"


def bin_labels(edges: Sequence[float]) -> list[str]:
    """Names of the len(edges) + 1 bins."""
    if not edges:
        return ["all values"]
    inner = [f"{number_text(low)} to <{number_text(high)}" for low, high in pairwise(edges)]
    return [f"<{number_text(edges[0])}", *inner, f"≥{number_text(edges[-1])}"]


@dataclass(frozen=True, slots=True)
class Cut:
    """A column cut by a frozen rule. `codes` (n,) index `labels`; the last two are other and missing.

    `raw` maps a kept label as the data writes it to its name; `unseen` lists labels that the frozen
    rule does not know; `pooled` those that the rule pooled.
    """

    codes: NDArray[np.int64]
    labels: tuple[str, ...]
    raw: Mapping[str, str]
    unseen: tuple[str, ...]
    pooled: tuple[str, ...]


def apply_cut(name: str, column: pa.ChunkedArray, frozen: Mapping[str, Any]) -> Cut:
    """Every row's group under a frozen rule, before groups that are too small are pooled."""
    if frozen["kind"] == "bins":
        return _apply_bins(name, column, frozen)
    return _apply_categories(column, frozen)


def _apply_bins(name: str, column: pa.ChunkedArray, frozen: Mapping[str, Any]) -> Cut:
    if pa.types.is_string(column.type) and column.null_count < len(column):
        raise SandboxFailure(
            "bins_on_text",
            f"Column {name!r} holds text now, but was cut as numbers when the service registered.",
            "Give the column as numbers.",
        )
    edges = [float(edge) for edge in frozen["edges"]]
    labels = (*bin_labels(edges), OTHER, MISSING)
    if pa.types.is_string(column.type):
        codes = np.full(len(column), len(labels) - 1)
        return Cut(codes, labels, {}, (), ())
    numbers = column.cast(pa.float64(), safe=False).to_numpy()
    codes = np.searchsorted(np.asarray(edges), numbers, side="right")
    codes[np.isnan(numbers)] = len(labels) - 1
    return Cut(codes, labels, {label: label for label in labels[:-2]}, (), ())


def _apply_categories(column: pa.ChunkedArray, frozen: Mapping[str, Any]) -> Cut:
    # In the order in which they were frozen: PostgreSQL keeps the keys of an object in one of its own,
    # and the order of the groups enters every simulated number.
    kept = {label: str(frozen["labels"][label]) for label in sort_labels(list(frozen["labels"]))}
    names = (*kept.values(), OTHER, MISSING)
    encoded = encode(column)
    position = {label: number for number, label in enumerate(kept)}
    other, missing = len(kept), len(kept) + 1
    spelled = {label: find_label(label, kept, truth=False) for label in _near(encoded.labels, kept)}
    target = np.fromiter(
        (position.get(spelled.get(label) or label, other) for label in encoded.labels),
        dtype=np.int64,
        count=len(encoded.labels),
    )
    codes = np.append(target, missing)[encoded.codes]  # code −1 takes the last entry
    outside = [label for label, code in zip(encoded.labels, target, strict=True) if code == other]
    known = set(frozen["pooled"])
    listed_all = len(known) == frozen["pooled_count"]
    unseen = tuple(sorted(set(outside) - known)) if listed_all else ()
    pooled = tuple(sorted(outside)[:MAX_POOLED_LISTED])
    return Cut(codes, names, dict(kept), unseen, pooled)


def _near(labels: Sequence[str], kept: Mapping[str, str]) -> list[str]:
    """Labels worth a comparison by value: when the column's type moved, 1 may be written "1.0" now."""
    if len(labels) > MAX_GROUPS:
        return []
    return [label for label in labels if label not in kept]
