"""A registry of its own and a tiny subject, so that no test touches the product's checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assessments.core.check import Check, CheckFunction, CheckResult, Context, NoParameters
from assessments.core.planning import PlannedCheck
from assessments.core.subject import Need, Subject, Task
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy, Rule

NEEDS = frozenset({Need.DECISIONS, Need.SENSITIVE})
SUBJECT = Subject(
    task=Task.BINARY, n=4, decision=np.array([1, 0, 1, 1], dtype=np.int8), needs_met=NEEDS
)


def make(
    id: str,
    function: CheckFunction | None = None,
    *,
    needs: frozenset[Need] = NEEDS,
    tasks: frozenset[Task] = frozenset({Task.BINARY}),
    parameters: type = NoParameters,
) -> Check:
    return Check(id, "1.0", id, function or returns(id, 0.5), needs, tasks, parameters, "A check.")


def planned(id: str, function: CheckFunction | None = None, skip: str | None = None):
    return PlannedCheck(make(id, function), NoParameters(), skip)


def measurement(id: str, value: float, half: float = 0.1, **more: object) -> Measurement:
    return Measurement(id, value, Interval(value - half, value + half), **more)


def returns(id: str, *values: float) -> Callable[[Context, object], CheckResult]:
    def function(context: Context, parameters: object) -> CheckResult:
        return CheckResult(
            tuple(measurement(id, v, slice={"g": str(i)}) for i, v in enumerate(values))
        )

    return function


def policy(**limits: float) -> Policy:
    """Rules `pillar__name=minimum`, severity high, failing on high."""
    return Policy(
        name="test",
        version="1",
        checks=(),
        fail_on=Severity.HIGH,
        rules={
            name.replace("__", "."): Rule(Threshold(min=limit)) for name, limit in limits.items()
        },
    )


@dataclass(frozen=True, slots=True)
class Depth:
    depth: int = 1
