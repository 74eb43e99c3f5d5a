"""What all fairness checks share about slices: how many, with whom compared, and why without value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assessments.core.check import CheckResult, Context
from assessments.core.fairness.parameters import Against
from assessments.core.subject import Grouping
from shield.evidence.measurement import ALL_GROUPS, Interval, Measurement, unmeasured
from shield.evidence.outcome import Outcome


def family_size(groupings: Iterable[Grouping]) -> int:
    """Slices of a check over which its intervals hold at once: all groups of all groupings."""
    return sum(len(grouping.groups) for grouping in groupings)


def compared_with(
    grouping: Grouping, chosen: Against | None, default: Against = Against.REST
) -> Against:
    """The comparison of one grouping: as chosen, else the named reference, else the default."""
    if chosen is not None:
        return chosen
    return default if grouping.reference is None else Against.REFERENCE


def large_enough(grouping: Grouping) -> NDArray[np.bool_]:
    """Groups that may stand for an extreme, shape (G,): those with the minimum number of rows.

    What is left of small groups after pooling can still be small. Of three people all may be
    approved, which says nothing: such a group is compared with the others, but it is neither "the
    group with the highest rate" nor an end of the range over all groups. Where fewer than two
    groups are large enough, all may be.
    """
    large = grouping.sizes >= grouping.minimum
    return large if large.sum() >= 2 else np.ones_like(large)


def small_groups_note(grouping: Grouping) -> str:
    """A sentence on the groups that the range over all groups leaves out; "" when there is none."""
    left = int((~large_enough(grouping)).sum())
    if not left:
        return ""
    what = "One group" if left == 1 else f"{left} groups"
    be, own = ("is", "its") if left == 1 else ("are", "their")
    return (
        f" {what} with fewer than {grouping.minimum} rows {be} not in this range, only compared on"
        f" {own} own."
    )


def all_groups(grouping: Grouping) -> dict[str, str]:
    """The slice that stands for all groups of a grouping: {"race": "*"}."""
    return dict.fromkeys(grouping.columns, ALL_GROUPS)


def interval_of(low: float, high: float) -> Interval:
    """An interval of plain floats (NumPy scalars are not JSON)."""
    return Interval(float(low), float(high))


def undecided(
    check: str, slice: Mapping[str, str], reason: str, *, n: int, unit: str
) -> Measurement:
    """A slice that has no value: inconclusive with the reason, never 0."""
    return unmeasured(
        check, reason, outcome=Outcome.INCONCLUSIVE, slice=dict(slice), n=n, unit=unit,
        simultaneous=True,
    )  # fmt: skip


def result(context: Context, measurements: Sequence[Measurement]) -> CheckResult:
    """The check's result, with a warning for groupings that hold pooled groups."""
    warnings = tuple(
        (
            "fairness.pooled",
            f"{grouping.name}: groups with fewer than {grouping.minimum} rows were pooled:"
            f" {', '.join(grouping.pooled)}",
        )
        for grouping in context.subject.groupings
        if grouping.pooled
    )
    return CheckResult(tuple(measurements), warnings=warnings)
