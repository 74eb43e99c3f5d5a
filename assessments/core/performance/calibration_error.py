"""Calibration error."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.metrics.calibration import CalibrationParameters
from assessments.core.metrics.overall_samples import calibration_sample, everybody
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.calibration_error"


@check(
    id=ID,
    title="Calibration error",
    needs={Need.SCORES, Need.LABELS},
    tasks={Task.BINARY, Task.MULTICLASS},
    parameters=CalibrationParameters,
)
def calibration_error(context: Context, parameters: CalibrationParameters) -> CheckResult:
    """How far predicted probabilities are from what happens: expected calibration error.

    Σ share of bin · |mean label − mean score|, corrected for its upward bias; range [0, 1]. With
    several classes, of the class that has the highest score.
    """
    sample = calibration_sample(everybody(context.subject), parameters)
    return measure_estimate(ID, context, sample)
