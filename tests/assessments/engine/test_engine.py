"""The engine: seeded, isolated, judged; a check's bug is that check's error and nothing more."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from assessments.core.check import CheckResult
from assessments.core.engine import Cancelled, generator, run_check, summarise
from shield.evidence.measurement import Measurement
from shield.evidence.outcome import Outcome, Severity
from tests.assessments.engine.support import SUBJECT, measurement, planned, policy, returns


def run(plan, *, rules=None, seed=7, progress=lambda fraction, message: None):
    return run_check(plan, subject=SUBJECT, policy=rules or policy(), seed=seed, progress=progress)


def broken(result):
    return run(planned("a.x", lambda context, parameters: result))


def test_measurements_are_judged_with_the_policys_threshold_and_severity() -> None:
    finished = run(planned("a.x", returns("a.x", 0.5, 0.95, 0.75)), rules=policy(a__x=0.8))
    assert [m.outcome for m in finished.measurements] == ["fail", "pass", "inconclusive"]
    assert finished.measurements[0].severity is Severity.HIGH
    assert finished.outcome is Outcome.FAIL


def test_without_a_rule_a_check_is_descriptive() -> None:
    finished = run(planned("a.x", returns("a.x", 0.5)))
    assert finished.outcome is None
    assert finished.measurements[0].outcome is None


def test_an_exception_is_the_outcome_error_with_its_reason_and_traceback() -> None:
    def explode(context, parameters):
        raise ZeroDivisionError("by zero")

    finished = run(planned("a.x", explode))
    assert finished.outcome is Outcome.ERROR
    assert finished.reason == "the check broke with ZeroDivisionError: by zero"
    assert finished.measurements[0].outcome is Outcome.ERROR
    assert "explode" in finished.log


def test_a_planned_skip_leaves_one_measurement_that_says_why() -> None:
    finished = run(planned("a.x", skip="needs a label"))
    assert finished.outcome is Outcome.SKIPPED
    assert [m.reason for m in finished.measurements] == ["needs a label"]
    assert "needs a label" in finished.measurements[0].sentence


def test_a_check_that_found_nothing_to_measure_is_skipped() -> None:
    assert broken(CheckResult(reason="no pair of groups")).outcome is Outcome.SKIPPED


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (None, "NoneType"),
        (CheckResult((measurement("b.y", 1.0),)), "measurement of b.y"),
        (CheckResult((measurement("a.x", 1.0), measurement("a.x", 2.0))), "two measurements"),
        (CheckResult((Measurement("a.x", float("inf")),)), "is inf"),
        (CheckResult((Measurement("a.x", None),)), "neither a value nor an outcome"),
        (CheckResult((replace(measurement("a.x", 1.0), detail={"k": {1}}),)), "TypeError"),
    ],
)
def test_what_no_check_may_return_is_an_error_of_the_check(result, reason) -> None:
    finished = broken(result)
    assert finished.outcome is Outcome.ERROR
    assert reason in finished.reason


def test_a_value_that_cannot_be_judged_is_an_error_of_the_check() -> None:
    plan = planned("a.x", lambda c, p: CheckResult((Measurement("a.x", 1.0),)))
    finished = run(plan, rules=policy(a__x=0.8))
    assert finished.outcome is Outcome.ERROR
    assert "without interval" in finished.reason


def test_cancelling_passes_through_the_isolation() -> None:
    def progress(fraction: float, message: str) -> None:
        raise Cancelled("cancelled")

    def check(context, parameters):
        with contextlib.suppress(Exception):  # what a careless check does
            context.progress(0.5, "half")
        return CheckResult()

    with pytest.raises(Cancelled):
        run(planned("a.x", check), progress=progress)


def test_the_stream_depends_on_the_seed_and_the_id_only() -> None:
    draws = {
        (seed, check): generator(seed, check).random()
        for seed in (1, 2)
        for check in ("a.x", "a.y")
    }
    assert len(set(draws.values())) == 4
    assert generator(1, "a.x").random() == draws[1, "a.x"]


def test_a_measurement_names_the_seed_of_its_run() -> None:
    assert run(planned("a.x", returns("a.x", 1.0)), seed=42).measurements[0].seed == 42


def test_the_summary_takes_the_worst_and_counts_every_check() -> None:
    summary = summarise(
        [
            ("fairness", Outcome.FAIL),
            ("fairness", Outcome.PASS),
            ("performance", None),
            ("privacy", Outcome.SKIPPED),
            ("privacy", Outcome.ERROR),
        ]
    )
    assert summary.outcome is Outcome.ERROR
    assert summary.pillars == {"fairness": "fail", "performance": None, "privacy": "error"}
    assert summary.coverage == {"planned": 5, "measured": 3, "skipped": 1, "error": 1}
