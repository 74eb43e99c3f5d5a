"""Log loss."""

from __future__ import annotations

from assessments.core.check import CheckResult, Context, NoParameters, check
from assessments.core.metrics.overall_samples import everybody, log_loss_sample
from assessments.core.performance.measure import measure_estimate
from assessments.core.subject import Need, Task

ID = "performance.log_loss"


@check(
    id=ID,
    title="Log loss",
    needs={Need.SCORES, Need.LABELS},
    tasks={Task.BINARY, Task.MULTICLASS},
)
def log_loss(context: Context, parameters: NoParameters) -> CheckResult:
    """Mean negative logarithm of the probability given to the true label, in nats; 0 is perfect.

    Probabilities are clipped at 10⁻¹⁵, so that one certain mistake does not make it infinite.
    """
    return measure_estimate(ID, context, log_loss_sample(everybody(context.subject)))
