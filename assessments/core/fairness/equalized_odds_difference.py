"""Equalized odds difference: the worse of two differences, valid for both at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
from assessments.core.metrics.wording import group_text, of, percent
from assessments.core.subject import Need, Task
from shield.evidence.measurement import Interval, Measurement
from shield.evidence.sentence import number

ID = "fairness.equalized_odds_difference"
UNIT = "difference of rates"
RATES = (TRUE_POSITIVE, FALSE_POSITIVE)


@check(
    id=ID,
    title="Equalized odds difference",
    needs={Need.DECISIONS, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=GapParameters,
)
def equalized_odds_difference(context: Context, parameters: GapParameters) -> CheckResult:
    """The larger of each group's differences in true- and false-positive rate from all other rows or a reference group.

    max(|TPR(group) − TPR(rest)|, |FPR(group) − FPR(rest)|), range [0, 1]; 0 is parity (Hardt, Price &
    Srebro 2016). The two intervals hold at once over all groups and both rates, and so does that of
    their maximum. Inconclusive for a group without a favourable and without an unfavourable label;
    with one of the two missing, the upper end is 1, because that difference could be anything.
    """
    pairs = list(zip(*(rate_samples(context.subject, rate) for rate in RATES), strict=True))
    family = len(RATES) * family_size(context.subject.groupings)
    measurements: list[Measurement] = []
    for pair in pairs:
        against = compared_with(pair[0].grouping, parameters.comparison)
        compared = [
            compare_rates(
                sample, against, Aggregate.DIFFERENCE, confidence=context.confidence, family=family
            )
            for sample in pair
        ]
        measurements += _per_group(context, _Odds(pair, compared, against), family)
        measurements.append(_worse_gap(context, pair, groupings=len(pairs)))
    return result(context, measurements)


@dataclass(frozen=True, slots=True)
class _Odds:
    """Both rates of one grouping with their comparisons."""

    samples: tuple[RateSample, ...]
    compared: list[RateComparison]
    against: Against

    def sizes(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """|difference| with ends, shape (2, G); NaN where not estimable."""
        made = [each.comparison for each in self.compared]
        value = np.stack([np.abs(each.value) for each in made])
        low = np.stack([np.maximum(np.maximum(each.low, -each.high), 0.0) for each in made])
        high = np.stack([np.maximum(np.abs(each.low), np.abs(each.high)) for each in made])
        return value, low, high


def _per_group(context: Context, odds: _Odds, family: int) -> list[Measurement]:
    value, low, high = odds.sizes()
    grouping, measurements = odds.samples[0].grouping, []
    for at, group in enumerate(grouping.groups):
        if odds.against is Against.REFERENCE and at == grouping.reference:
            continue
        known = np.isfinite(value[:, at])
        n = int(sum(sample.n[at] for sample in odds.samples))
        if not known.any():
            reason = odds.compared[0].blocked or (
                "neither the true- nor the false-positive rate can be compared for this group"
            )
            measurements.append(undecided(ID, group.slice, reason, n=n, unit=UNIT))
            continue
        worse = int(np.nanargmax(value[:, at]))
        top = float(high[:, at].max()) if known.all() else 1.0
        measurements.append(
            Measurement(
                check=ID,
                value=float(value[worse, at]),
                interval=interval_of(np.nanmax(low[:, at]), top),
                slice=dict(group.slice),
                confidence=context.confidence,
                simultaneous=True,
                n=n,
                unit=UNIT,
                reference=reference_of(odds.samples[worse], odds.compared[worse]),
                method="max(|ΔTPR|, |ΔFPR|), difference from"
                f" {against_text(odds.against, 'rate')}; {odds.compared[worse].comparison.method};"
                f" simultaneous over {family // 2} slices and both rates",
                statement=_statement(odds, at),
                detail=_detail(odds, at),
            )
        )
    return measurements


def _statement(odds: _Odds, at: int) -> str:
    slice = odds.samples[0].grouping.groups[at].slice
    parts = []
    for sample, compared in zip(odds.samples, odds.compared, strict=True):
        if not compared.comparison.estimable[at]:
            parts.append(f"its {sample.rate.name} cannot be compared")
            continue
        own, other = sample.k[at] / sample.n[at], compared.other_k[at] / compared.other_n[at]
        parts.append(
            f"its {sample.rate.name} is {percent(own)} ({of(sample.k[at], sample.n[at])}) against"
            f" {percent(other)} ({of(compared.other_k[at], compared.other_n[at])})"
        )
    distance = np.nanmax(odds.sizes()[0][:, at])
    return (
        f"Group {group_text(slice)} compared with {against_text(odds.against, 'rate')}:"
        f" {' and '.join(parts)}; the larger difference is {number(float(distance))}."
    )


def _detail(odds: _Odds, at: int) -> dict[str, object]:
    detail: dict[str, object] = {"comparison": odds.against.value}
    for sample, compared, key in zip(odds.samples, odds.compared, ("tpr", "fpr"), strict=True):
        known = bool(compared.comparison.estimable[at])
        detail |= {
            f"{key}_difference": float(compared.comparison.value[at]) if known else None,
            f"{key}_interval": [
                float(compared.comparison.low[at]),
                float(compared.comparison.high[at]),
            ]
            if known
            else None,
            f"{key}_successes": int(sample.k[at]),
            f"{key}_trials": int(sample.n[at]),
        }
    return detail


def _worse_gap(context: Context, pair: tuple[RateSample, ...], *, groupings: int) -> Measurement:
    """The larger of the two corrected max − min, with an interval for both."""
    grouping = pair[0].grouping
    gaps = [
        largest_gap(ID, context, sample, Aggregate.DIFFERENCE, groupings=2 * groupings)
        for sample in pair
    ]
    known = [gap for gap in gaps if gap.value is not None and gap.interval is not None]
    if not known:
        n = sum(gap.n for gap in gaps)
        return undecided(ID, all_groups(grouping), str(gaps[0].reason), n=n, unit=UNIT)
    worse = max(known, key=lambda gap: float(gap.value or 0.0))
    ends = [gap.interval for gap in known if gap.interval is not None]
    high = max(each.high for each in ends) if len(known) == len(gaps) else 1.0
    return Measurement(
        check=ID,
        value=worse.value,
        interval=Interval(max(each.low for each in ends), high),
        slice=worse.slice,
        confidence=context.confidence,
        simultaneous=True,
        n=sum(gap.n for gap in gaps),
        unit=UNIT,
        null_gap=worse.null_gap,
        method=f"larger of the gaps in TPR and FPR; {worse.method}",
        seed=context.seed,
        statement=worse.statement,
        detail=worse.detail,
    )
