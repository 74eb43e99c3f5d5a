"""Measurements as a real assessment of mortgage decisions gives them, judged like real ones."""

from __future__ import annotations

from collections.abc import Mapping

from shield.evidence.judgement import judge
from shield.evidence.measurement import ALL_GROUPS, Interval, Measurement, Threshold, unmeasured
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.policy import Policy, Rule

RATIO = "fairness.selection_rate_ratio"
DIFFERENCE = "fairness.demographic_parity_difference"
OPPORTUNITY = "fairness.equal_opportunity_difference"
RATE = "fairness.selection_rate"
AUC = "performance.auc"

TITLES: Mapping[str, str] = {
    RATE: "Selection rate per group",
    RATIO: "Selection-rate ratio (four-fifths rule)",
    DIFFERENCE: "Demographic parity difference",
    OPPORTUNITY: "Equal opportunity difference",
    AUC: "Area under the ROC curve",
}


def policy(fail_on: Severity = Severity.HIGH) -> Policy:
    """The thresholds that every tier starts with."""
    difference = Threshold(min=-0.10, max=0.10)
    grave = Threshold(min=-0.20, max=0.20)
    return Policy(
        name="high",
        version="1",
        checks=("fairness", "performance"),
        fail_on=fail_on,
        rules={
            RATIO: Rule(Threshold(min=0.8), required=True),
            DIFFERENCE: Rule(difference, grave=grave),
            OPPORTUNITY: Rule(difference),
            AUC: Rule(Threshold(min=0.7), severity=Severity.MEDIUM),
        },
    )  # fmt: skip


def judged(measurement: Measurement, rules: Policy | None = None) -> Measurement:
    """The measurement with the verdict that the policy gives it."""
    rule = (rules or policy()).rules.get(measurement.check)
    if rule is None:
        return judge(measurement, None, None)
    return judge(measurement, rule.threshold, rule.severity_of(measurement))


def measured(
    check: str, value: float, low: float, high: float, *, slice: Mapping[str, str], n: int,
    unit: str = "ratio", reference: Mapping[str, str] | str | None = None,
    statement: str = "", method: str = "score interval", simultaneous: bool = True,
    detail: Mapping[str, object] | None = None, null_gap: float | None = None,
) -> Measurement:  # fmt: skip
    """One judged measurement with the usual provenance filled in."""
    return judged(
        Measurement(
            check=check, value=value, interval=Interval(low, high), slice=slice, n=n, unit=unit,
            reference=reference, statement=statement, method=method, seed=0,
            simultaneous=simultaneous, detail=detail or {}, null_gap=null_gap,
        )
    )  # fmt: skip


def loan_measurements() -> list[Measurement]:
    """Pass, fail, inconclusive, descriptive and unmeasured: 1,989 applications by race and sex."""
    return [*_rates(), *_ratios(), *_differences(), _omnibus(), _skipped(), _auc()]


def _rates() -> list[Measurement]:
    rows = [("white", 0.908, 0.894, 0.921, 1681), ("hispanic", 0.766, 0.679, 0.835, 111),
            ("black", 0.675, 0.607, 0.737, 197)]  # fmt: skip
    return [
        measured(
            RATE, value, low, high, slice={"race": group}, n=n, unit="rate", method="Wilson score",
            statement=f"{value:.1%} of {n:,} applicants with race = {group} were approved.",
        )
        for group, value, low, high, n in rows
    ]  # fmt: skip


def _ratios() -> list[Measurement]:
    rows = [("race", "black", 0.743, 0.668, 0.819, 197, "white"),
            ("race", "hispanic", 0.843, 0.738, 0.931, 111, "white"),
            ("sex", "female", 0.983, 0.929, 1.035, 369, "male")]  # fmt: skip
    return [
        measured(
            RATIO, value, low, high, slice={column: group}, n=n, reference={column: best},
            detail={"rate": value * 0.908, "best_rate": 0.908},
            statement=f"Approvals of {column} = {group} divided by those of {column} = {best},"
            f" the group with the highest rate, is {value:.3f}.",
        )
        for column, group, value, low, high, n, best in rows
    ]  # fmt: skip


def _differences() -> list[Measurement]:
    rows = [({"race": "black"}, -0.226, -0.302, -0.150, 197),
            ({"race": "hispanic"}, -0.119, -0.216, -0.030, 111),
            ({"race": "white"}, 0.198, 0.140, 0.256, 1681),
            ({"sex": "female"}, -0.015, -0.055, 0.023, 369),
            ({"race": "black", "sex": "female"}, -0.276, -0.432, -0.126, 51)]  # fmt: skip
    return [
        measured(
            DIFFERENCE, value, low, high, slice=slice, n=n, unit="difference of rates",
            reference="rest", method="Newcombe hybrid score",
            statement=f"The approval rate of {' and '.join(f'{k} = {v}' for k, v in slice.items())}"
            f" minus that of all other rows is {value:+.3f}.",
        )
        for slice, value, low, high, n in rows
    ]  # fmt: skip


def _omnibus() -> Measurement:
    return measured(
        DIFFERENCE, 0.221, 0.151, 0.290, slice={"race": ALL_GROUPS}, n=1989, simultaneous=False,
        unit="difference of rates", null_gap=0.041, method="bias-corrected max - min, bootstrap",
        statement="The largest minus the smallest approval rate over race is 0.221.",
    )  # fmt: skip


def _skipped() -> Measurement:
    return judged(
        unmeasured(
            OPPORTUNITY,
            "the data has no column with the true outcome",
            outcome=Outcome.SKIPPED,
            slice={},
        )
    )


def _auc() -> Measurement:
    return measured(
        AUC, 0.842, 0.815, 0.867, slice={}, n=1989, unit="probability", method="DeLong",
        simultaneous=False, statement="A random approved case scores above a random refused one"
        " with probability 0.842.",
    )  # fmt: skip
