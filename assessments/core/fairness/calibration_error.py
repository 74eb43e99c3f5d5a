"""Calibration error per group."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.describe_estimates import describe_estimates
from assessments.core.metrics.calibration import CalibrationParameters
from assessments.core.metrics.estimate_samples import calibration_samples
from assessments.core.subject import Need, Task

ID = "fairness.calibration_error"


@check(
    id=ID,
    title="Calibration error per group",
    needs={Need.SCORES, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=CalibrationParameters,
)
def calibration_error(context: Context, parameters: CalibrationParameters) -> CheckResult:
    """How far each group's predicted probabilities are from what happens to it.

    Expected calibration error over bins of the score, corrected for the upward bias that noise gives
    it (the uncorrected value stands beside it), range [0, 1]; 0 is perfect. The bins are the same
    for all groups.
    """
    return describe_estimates(ID, context, calibration_samples(context.subject, parameters))
