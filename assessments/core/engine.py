"""Runs one planned check: seeds it, times it, isolates it, and judges what it measured.

What a check finds is a value; what goes wrong inside a check is the outcome `error` of that check
and nothing else. Only `Cancelled` and other `BaseException`s pass through.
"""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from assessments.core.check import Check, CheckResult, Context
from assessments.core.parameters import parameters_as_json
from assessments.core.planning import PlannedCheck
from assessments.core.subject import Subject
from shield.evidence.canonical import digest
from shield.evidence.judgement import judge
from shield.evidence.measurement import Measurement, unmeasured
from shield.evidence.outcome import Outcome, roll_up
from shield.evidence.policy import Policy

Progress = Callable[[float, str], None]


class Cancelled(BaseException):
    """The run is being cancelled. Not an `Exception`, so that no check swallows it by accident."""


class BrokenCheck(Exception):
    """The check returned something that no check may return; a bug of the check."""


@dataclass(frozen=True, slots=True)
class FinishedCheck:
    """What one check came to: judged measurements, and with which parameters it was called.

    Every check leaves at least one measurement, if only to say why there is no value. `log` is
    for the run's log: the traceback of a check that broke.
    """

    check: Check
    parameters: Mapping[str, object]
    outcome: Outcome | None
    measurements: tuple[Measurement, ...]
    duration_s: float
    reason: str | None = None
    warnings: tuple[tuple[str, str], ...] = ()
    log: str = ""


def run_check(
    planned: PlannedCheck, *, subject: Subject, policy: Policy, seed: int, progress: Progress
) -> FinishedCheck:
    """Run one check, or record why it does not run. Raises nothing but BaseExceptions."""
    check, started = planned.check, time.perf_counter()
    log = ""
    if planned.skip is not None:
        result = _no_value(check, Outcome.SKIPPED, planned.skip)
    else:
        context = Context(subject, generator(seed, check.id), seed, progress)
        try:
            result = _judged(_checked(check, check.function(context, planned.parameters)), policy)
        except Exception as error:
            result = _no_value(check, Outcome.ERROR, _described(error))
            log = traceback.format_exc()
    measurements = tuple(replace(each, seed=seed) for each in result.measurements)
    return FinishedCheck(
        check=check,
        parameters=parameters_as_json(planned.parameters),
        outcome=roll_up(each.outcome for each in measurements),
        measurements=measurements,
        duration_s=time.perf_counter() - started,
        reason=result.reason,
        warnings=result.warnings,
        log=log,
    )


def generator(seed: int, check_id: str) -> np.random.Generator:
    """The check's own stream: it depends on the run's seed and the check's id, on nothing else."""
    return np.random.default_rng(np.random.SeedSequence([seed, int(digest(check_id), 16)]))


@dataclass(frozen=True, slots=True)
class Summary:
    """The roll-up of a run."""

    outcome: Outcome | None
    pillars: Mapping[str, Outcome | None]
    coverage: Mapping[str, int]


def summarise(outcomes: Iterable[tuple[str, Outcome | None]]) -> Summary:
    """Roll up (pillar, outcome) of every check of a run.

    Coverage counts checks: planned = measured + skipped + error.
    """
    by_pillar: dict[str, list[Outcome | None]] = {}
    for pillar, outcome in outcomes:
        by_pillar.setdefault(pillar, []).append(outcome)
    every = [outcome for pillar in by_pillar.values() for outcome in pillar]
    skipped, errors = every.count(Outcome.SKIPPED), every.count(Outcome.ERROR)
    return Summary(
        outcome=roll_up(every),
        pillars={pillar: roll_up(parts) for pillar, parts in sorted(by_pillar.items())},
        coverage={
            "planned": len(every),
            "measured": len(every) - skipped - errors,
            "skipped": skipped,
            "error": errors,
        },
    )


def _judged(result: CheckResult, policy: Policy) -> CheckResult:
    verdicts = []
    for measurement in result.measurements:
        rule = policy.rules.get(measurement.check)
        if rule is None:
            verdicts.append(judge(measurement, None, None))
        else:
            verdicts.append(judge(measurement, rule.threshold, rule.severity_of(measurement)))
    return replace(result, measurements=tuple(verdicts))


def _no_value(check: Check, outcome: Outcome, reason: str) -> CheckResult:
    only = judge(unmeasured(check.id, reason, outcome=outcome), None, None)
    return CheckResult((only,), reason)


def _checked(check: Check, result: CheckResult) -> CheckResult:
    """What the rest of the product may rely on; raises BrokenCheck."""
    if not isinstance(result, CheckResult):
        raise BrokenCheck(f"it returned {type(result).__name__}, not a CheckResult")
    if not result.measurements:
        return replace(
            result,
            measurements=_no_value(
                check, Outcome.SKIPPED, result.reason or "there was nothing to measure"
            ).measurements,
        )
    seen: set[str] = set()
    for each in result.measurements:
        key = digest(dict(each.slice))
        if each.check != check.id:
            raise BrokenCheck(f"it returned a measurement of {each.check}")
        if key in seen:
            raise BrokenCheck(f"it returned two measurements of the slice {dict(each.slice)}")
        if each.value is not None and not math.isfinite(each.value):
            raise BrokenCheck(f"the value of the slice {dict(each.slice)} is {each.value}")
        if each.value is None and each.outcome is None:
            raise BrokenCheck(f"the slice {dict(each.slice)} has neither a value nor an outcome")
        digest(dict(each.detail))  # must be JSON
        seen.add(key)
    return result


def _described(error: Exception) -> str:
    if isinstance(error, BrokenCheck):
        return f"the check is broken: {error}"
    return f"the check broke with {type(error).__name__}: {error}".rstrip(": ")
