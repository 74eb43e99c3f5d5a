"""One column's groups as the checks see them: cut, pooled, numbered, with the reference group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from assessments.core.preparation_cuts import MAX_POOLED_LISTED, OTHER, Cut, apply_cut
from assessments.core.preparation_spec import GroupRule
from shield.sandbox.labels import clean_text, find_label

Warnings = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Partition:
    """One column's groups: `codes` (n,) into `labels`; `alone` are the labels that are not pooled."""

    codes: NDArray[np.int64]
    labels: tuple[str, ...]
    alone: tuple[str, ...]
    pooled: tuple[str, ...]
    reference: int | None
    rule: str


def partition(
    name: str,
    column: pa.ChunkedArray,
    frozen: Mapping[str, Any],
    rule: GroupRule,
    warnings: Warnings,
) -> Partition:
    """Cut a column, then pool what is too small (or what was pooled when the rule was frozen)."""
    cut = apply_cut(name, column, frozen)
    if cut.unseen:
        listed = ", ".join(clean_text(label, 60) for label in cut.unseen[:10])
        message = (
            f"Column {name!r} has {len(cut.unseen)} value(s) that were not there when its groups were "
            f"frozen; they are in {OTHER}: {listed}."
        )
        warnings.append(("new_labels", message))
    sizes = np.bincount(cut.codes, minlength=len(cut.labels))
    alone = _alone(cut, sizes, frozen, rule)
    other = len(cut.labels) - 2
    target = np.where(alone, np.arange(len(cut.labels)), other)
    pooled = [
        label
        for label, stays, size in zip(cut.labels, alone, sizes, strict=True)
        if not stays and size and label != OTHER
    ]
    reference = _reference(name, cut, alone, rule, warnings)
    return _present(
        codes=target[cut.codes],
        labels=cut.labels,
        alone=tuple(np.array(cut.labels, dtype=object)[alone]),
        pooled=(*(clean_text(label, 80) for label in cut.pooled), *pooled)[:MAX_POOLED_LISTED],
        reference=reference,
        rule=_rule_text(frozen, rule),
    )


def _alone(
    cut: Cut, sizes: NDArray[np.int64], frozen: Mapping[str, Any], rule: GroupRule
) -> NDArray[np.bool_]:
    """Which labels are groups of their own, (n_labels,)."""
    decided = frozen.get("alone")
    if decided is not None:
        known = set(decided)
        stays = np.array([label in known for label in cut.labels])
    elif frozen["kind"] == "categories":
        stays = np.ones(len(cut.labels), dtype=bool)
    else:
        stays = sizes >= rule.minimum
    stays[-2:] = True  # (other) and (missing), which mean something however few they are
    return stays


def _reference(
    name: str, cut: Cut, alone: NDArray[np.bool_], rule: GroupRule, warnings: Warnings
) -> int | None:
    if rule.reference is None:
        return None
    raw = find_label(rule.reference, cut.raw)
    label = cut.raw[raw] if raw is not None else None
    if label is None or not alone[cut.labels.index(label)]:
        message = f"The reference group {rule.reference!r} of column {name!r} is not in the data."
        warnings.append(("reference_missing", message))
        return None
    return cut.labels.index(label)


def _present(
    *,
    codes: NDArray[np.int64],
    labels: tuple[str, ...],
    alone: tuple[str, ...],
    pooled: tuple[str, ...],
    reference: int | None,
    rule: str,
) -> Partition:
    """Leave out labels without rows and number the others again."""
    sizes = np.bincount(codes, minlength=len(labels))
    present = np.flatnonzero(sizes)
    renumber = np.full(len(labels), -1)
    renumber[present] = np.arange(len(present))
    return Partition(
        codes=renumber[codes],
        labels=tuple(labels[at] for at in present),
        alone=tuple(label for label in alone if label != OTHER),
        pooled=pooled,
        reference=int(renumber[reference]) if reference is not None and sizes[reference] else None,
        rule=rule,
    )


def _rule_text(frozen: Mapping[str, Any], rule: GroupRule) -> str:
    return f"{frozen['rule']}; groups of fewer than {rule.minimum} rows are in {OTHER}"
