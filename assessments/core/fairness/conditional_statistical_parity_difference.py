"""Conditional statistical parity: are groups selected alike among those who are alike?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.parameters import Against, StratifiedParameters, against_text
from assessments.core.fairness.slices import (
    compared_with,
    family_size,
    interval_of,
    result,
    undecided,
)
from assessments.core.metrics.clusters import cluster_moments, clusters_of, effective_counts
from assessments.core.metrics.counts import complement
from assessments.core.metrics.stratified import (
    StratifiedDifference,
    homogeneity_given_strata,
    stratified_difference,
)
from assessments.core.metrics.wording import (
    apart,
    group_text,
    of,
    percent,
)
from assessments.core.subject import Grouping, Need, Subject, Task
from shield.evidence.measurement import ALL_GROUPS, Measurement
from shield.evidence.statistics.gaps import holm
from shield.evidence.statistics.simultaneous import share_of_confidence, two_sided

ID = "fairness.conditional_statistical_parity_difference"
UNIT = "difference of rates"


@check(
    id=ID,
    title="Conditional statistical parity difference",
    needs={Need.DECISIONS, Need.SENSITIVE, Need.LEGITIMATE},
    tasks={Task.BINARY},
    parameters=StratifiedParameters,
)
def conditional_statistical_parity_difference(
    context: Context, parameters: StratifiedParameters
) -> CheckResult:
    """Each group's selection rate minus that of all other rows, among rows that are alike.

    Rows are put in strata by a legitimate column (one comparison for each such column); the
    differences within strata are averaged with Mantel–Haenszel weights n₁ n₂ / (n₁ + n₂), range
    [−1, 1]; 0 is conditional statistical parity (Kamiran, Žliobaitė & Calders 2013; Corbett-Davies
    et al. 2017). Interval: Klingenberg (2014). Beside it stand the Cochran–Mantel–Haenszel p-value
    of each group (adjusted by Holm over the groups) and that over all groups. A slice names the
    legitimate column with "*": over all its strata. Inconclusive where no stratum holds rows of
    both the group and its comparison.
    """
    subject, measurements = context.subject, []
    family = len(subject.legitimate) * family_size(subject.groupings)
    chosen = Against(parameters.comparison) if parameters.comparison else None
    for given in subject.legitimate:
        for grouping in subject.groupings:
            if set(given.columns) & set(grouping.columns):
                continue  # within its own strata a column cannot differ
            table = _table(subject, grouping, given)
            measurements += _measure(context, table, compared_with(grouping, chosen), family)
    if not measurements:
        return CheckResult(reason="every legitimate column is a sensitive column itself")
    return result(context, measurements)


@dataclass(frozen=True, slots=True)
class _Table:
    """Selected and all rows per group and stratum, (G, S); design effects of group and rest, (G,)."""

    grouping: Grouping
    given: Grouping
    k: NDArray[np.float64]
    n: NDArray[np.float64]
    effect: NDArray[np.float64]


def _table(subject: Subject, grouping: Grouping, given: Grouping) -> _Table:
    assert subject.decision is not None
    shape = (len(grouping.groups), len(given.groups))
    joint = grouping.codes.astype(np.int64) * shape[1] + given.codes
    cell = joint * 2 + subject.decision.astype(np.int64)
    cells = np.bincount(cell, minlength=2 * shape[0] * shape[1])
    table = cells.reshape(*shape, 2).astype(np.float64)
    k, n = table[..., 1], table.sum(axis=-1)
    effect = np.ones(shape[0])
    if subject.person is not None:
        clusters = clusters_of(grouping.codes, shape[0], subject.person)
        moments = cluster_moments(clusters, subject.decision, np.ones(subject.n))
        own = effective_counts(k.sum(axis=1), n.sum(axis=1), moments)[2]
        rest = effective_counts(
            complement(k.sum(axis=1)), complement(n.sum(axis=1)), moments.rest()
        )[2]
        effect = np.maximum(own, rest)
    return _Table(grouping, given, k, n, effect)


def _measure(context: Context, table: _Table, against: Against, family: int) -> list[Measurement]:
    """One measurement per group of a grouping, given one legitimate column."""
    grouping, reference = table.grouping, table.grouping.reference
    groups = len(grouping.groups)
    if against is Against.REFERENCE and reference is None:
        reason = f"the manifest names no reference group for {grouping.name}"
        return [undecided(ID, _slice(table, at), reason, n=0, unit=UNIT) for at in range(groups)]
    made = stratified_difference(table.k, table.n, *_other_side(table, against))
    level = share_of_confidence(context.confidence, groups, family)
    compared = 1 if groups == 2 else groups
    low, high = made.interval(two_sided(level, compared), table.effect)
    tests = holm(made.p_value), homogeneity_given_strata(table.k, table.n)[2]
    strata = len(table.given.groups)
    method = (
        f"Mantel–Haenszel difference of (TP + FP) / N over {strata} strata of {table.given.name};"
        f" Klingenberg's interval on Sato's variance, Šidák for {compared} comparisons;"
        f" simultaneous over {family} slices"
    )
    measurements = []
    for at in range(groups):
        if against is Against.REFERENCE and at == reference:
            continue
        if not np.isfinite(made.value[at]):
            reason = f"no stratum of {table.given.name} holds rows of this group and of others"
            measurements.append(undecided(ID, _slice(table, at), reason, n=0, unit=UNIT))
            continue
        measurements.append(
            Measurement(
                check=ID,
                value=float(made.value[at]),
                interval=interval_of(low[at], high[at]),
                slice=_slice(table, at),
                confidence=context.confidence,
                simultaneous=True,
                n=int(made.n[at]),
                unit=UNIT,
                reference=_reference(table, against),
                method=method,
                statement=_statement(table, made, at, against),
                detail=_detail(table, made, at, against)
                | {"p_value_holm": float(tests[0][at]), "p_value_all_groups": tests[1]},
            )
        )
    return measurements


def _other_side(table: _Table, against: Against) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Selected and all rows compared with, per group and stratum, (G, S)."""
    reference = table.grouping.reference
    if against is not Against.REFERENCE or reference is None:
        return complement(table.k), complement(table.n)
    k, n = (np.broadcast_to(each[reference], each.shape) for each in (table.k, table.n))
    return k, n


def _reference(table: _Table, against: Against) -> Mapping[str, str] | str:
    reference = table.grouping.reference
    if against is not Against.REFERENCE or reference is None:
        return against.value
    return dict(table.grouping.groups[reference].slice)


def _slice(table: _Table, at: int) -> dict[str, str]:
    return {
        **table.grouping.groups[at].slice,
        **dict.fromkeys(table.given.columns, ALL_GROUPS),
    }


def _statement(table: _Table, made: StratifiedDifference, at: int, against: Against) -> str:
    k, n = table.k[at].sum(), table.n[at].sum()
    who = group_text(table.grouping.groups[at].slice)
    return (
        f"Group {who} has a selection rate of {percent(k / n)} ({of(k, n)}); among rows with equal"
        f" {table.given.name} it is on average {apart(float(made.value[at]))} that of"
        f" {against_text(against)} ({of(made.n[at], n)} rows could be matched)."
    )


def _detail(
    table: _Table, made: StratifiedDifference, at: int, against: Against
) -> dict[str, object]:
    strata = [
        {
            "stratum": dict(stratum.slice),
            "successes": int(table.k[at, s]),
            "trials": int(table.n[at, s]),
        }
        for s, stratum in enumerate(table.given.groups)
    ]
    return {
        "comparison": against.value,
        "rate": float(table.k[at].sum() / table.n[at].sum()),
        "successes": int(table.k[at].sum()),
        "trials": int(table.n[at].sum()),
        "given": list(table.given.columns),
        "cmh_statistic": float(made.statistic[at]),
        "p_value": float(made.p_value[at]),
        "strata": strata if len(strata) <= 50 else [],
    }
