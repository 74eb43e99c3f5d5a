"""Calibration gap."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, check
from assessments.core.fairness.estimate_gaps import estimate_gaps
from assessments.core.fairness.parameters import CalibrationGapParameters
from assessments.core.metrics.estimate_samples import calibration_samples
from assessments.core.subject import Need, Task

ID = "fairness.calibration_gap"


@check(
    id=ID,
    title="Calibration gap",
    needs={Need.SCORES, Need.LABELS, Need.SENSITIVE},
    tasks={Task.BINARY},
    parameters=CalibrationGapParameters,
)
def calibration_gap(context: Context, parameters: CalibrationGapParameters) -> CheckResult:
    """Each group's calibration error minus that of all other rows or a reference group.

    Both corrected for upward bias, over the same bins, range [−1, 1]; above 0 the group's
    probabilities are less true. `label_minus_score` in the detail says in which direction they are
    wrong: above 0, the favourable outcome comes more often than predicted.

    Two well calibrated groups with scores spread evenly pass a limit of 0.05 in 41 % of audits at
    1,000 rows each, in 97 % at 2,000 (scores mostly below 0.3: 91 % and 100 %); where both are off by
    0.05, in 77 % at 2,000 and 96 % at 3,000. True gaps of 0.15 fail in 93 to 100 % at 1,000.
    """
    samples = calibration_samples(context.subject, parameters)
    return estimate_gaps(ID, context, samples, chosen=parameters.comparison)
