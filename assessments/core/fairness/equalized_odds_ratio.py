"""Equalized odds ratio: the worse of two ratios, valid for both at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import Against, GapParameters, against_text
from assessments.core.fairness.rate_comparison import Aggregate, RateComparison, compare_rates
from assessments.core.fairness.rate_gaps import largest_gap, reference_of
from assessments.core.fairness.slices import (
    all_groups,
    compared_with,
    family_size,
    interval_of,
    result,
    undecided,
)
from assessments.core.metrics.rate_samples import RateSample, rate_samples
from assessments.core.metrics.rates import FALSE_POSITIVE, TRUE_POSITIVE
from assessments.core.metrics.wording import group_text, of
from assessments.core.subject import Need, Task
from shield.evidence.measurement import Interval, Measurement
from shield.evidence.sentence import number

ID = "fairness.equalized_odds_ratio"
Pair = tuple[RateSample, ...]


@check(
    id=ID,
    title="Equalized odds ratio",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def equalized_odds_ratio(context: Context, parameters: GapParameters) -> CheckResult:
    """The smaller of each group's ratios in true- and false-positive rate to all other rows or a reference group.

    Each ratio r counts as min(r, 1/r), so that twice and half are equally far from parity: range
    [0, 1], 1 is parity. The two intervals hold at once over all groups and both rates, and so does
    that of their minimum. Inconclusive where neither ratio can be formed; with one of the two
    missing, the lower end is 0, because that ratio could be anything.
    """
    pairs = list(
        zip(
            *(rate_samples(context.subject, rate) for rate in (TRUE_POSITIVE, FALSE_POSITIVE)),
            strict=True,
        )
    )
    family = 2 * family_size(context.subject.groupings)
    measurements: list[Measurement] = []
    for pair in pairs:
        against = compared_with(pair[0].grouping, parameters.comparison)
        compared = [
            compare_rates(
                sample, against, Aggregate.RATIO, confidence=context.confidence, family=family
            )
            for sample in pair
        ]
        measurements += _per_group(context, pair, compared, family)
        measurements.append(_worse_gap(context, pair, groupings=len(pairs)))
    return result(context, measurements)


def _folded(
    made: RateComparison,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """min(r, 1/r) with its ends, (G,); NaN where not estimable."""

    def fold(ratio: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(divide="ignore"):
            return np.minimum(ratio, 1.0 / ratio)

    value, low, high = made.comparison.value, made.comparison.low, made.comparison.high
    with np.errstate(invalid="ignore"):
        holds_one = (low <= 1.0) & (high >= 1.0)
    top = np.where(holds_one, 1.0, np.maximum(fold(low), fold(high)))
    return fold(value), np.minimum(fold(low), fold(high)), top


def _per_group(
    context: Context, pair: Pair, compared: list[RateComparison], family: int
) -> list[Measurement]:
    value, low, high = (np.stack(part) for part in zip(*map(_folded, compared), strict=True))
    grouping, against, measurements = pair[0].grouping, compared[0].against, []
    for at, group in enumerate(grouping.groups):
        if against is Against.REFERENCE and at == grouping.reference:
            continue
        known = np.isfinite(value[:, at])
        n = int(sum(sample.n[at] for sample in pair))
        if not known.any():
            reason = compared[0].blocked or "neither rate of this group can be set in a ratio"
            measurements.append(undecided(ID, group.slice, reason, n=n, unit="ratio"))
            continue
        worse = int(np.nanargmin(value[:, at]))
        ends = float(low[:, at].min()) if known.all() else 0.0, float(np.nanmin(high[:, at]))
        measurements.append(
            Measurement(
                check=ID,
                value=float(value[worse, at]),
                interval=interval_of(*ends),
                slice=dict(group.slice),
                confidence=context.confidence,
                simultaneous=True,
                n=n,
                unit="ratio",
                reference=reference_of(pair[worse], compared[worse]),
                method="min over TPR and FPR of min(r, 1/r), r the ratio to"
                f" {against_text(against, 'rate')}; {compared[worse].comparison.method};"
                f" simultaneous over {family // 2} slices and both rates",
                statement=_statement(pair, compared, at, float(value[worse, at])),
                detail={
                    "comparison": against.value,
                    "tpr_ratio": _plain(compared[0], at),
                    "fpr_ratio": _plain(compared[1], at),
                },
            )
        )
    return measurements


def _plain(made: RateComparison, at: int) -> float | None:
    return float(made.comparison.value[at]) if made.comparison.estimable[at] else None


def _statement(pair: Pair, compared: list[RateComparison], at: int, value: float) -> str:
    parts = []
    for sample, made in zip(pair, compared, strict=True):
        ratio = _plain(made, at)
        if ratio is None:
            parts.append(f"its {sample.rate.name} cannot be set in a ratio")
            continue
        other = of(made.other_k[at], made.other_n[at])
        parts.append(
            f"its {sample.rate.name} is {number(ratio)} times as high"
            f" ({of(sample.k[at], sample.n[at])} against {other})"
        )
    whom = against_text(compared[0].against, "rate")
    return (
        f"Group {group_text(pair[0].grouping.groups[at].slice)} compared with {whom}:"
        f" {' and '.join(parts)}; the ratio further from parity is {number(value)}."
    )


def _worse_gap(context: Context, pair: Pair, *, groupings: int) -> Measurement:
    """The smaller of the two corrected min ÷ max, with an interval for both."""
    gaps = [
        largest_gap(ID, context, sample, Aggregate.RATIO, groupings=2 * groupings)
        for sample in pair
    ]
    known = [
        (gap, gap.value, gap.interval) for gap in gaps if gap.interval and gap.value is not None
    ]
    n = sum(gap.n for gap in gaps)
    if not known:
        slice = all_groups(pair[0].grouping)
        return undecided(ID, slice, str(gaps[0].reason), n=n, unit="ratio")
    worse = min(known, key=lambda each: each[1])[0]
    low = min(each[2].low for each in known) if len(known) == len(gaps) else 0.0
    return replace(
        worse,
        interval=Interval(low, min(each[2].high for each in known)),
        simultaneous=True,
        n=n,
        method=f"smaller of the ratios in TPR and FPR; {worse.method}",
    )
