"""Macro F1."""

from __future__ import annotations

from dataclasses import dataclass, field

from assessments.core.check import CheckResult, Context, check
from assessments.core.metrics.bootstrap import bootstrap_interval
from assessments.core.metrics.class_samples import accuracy_samples
from assessments.core.metrics.classes import macro_f1 as mean_f1
from assessments.core.metrics.counts import confusion_counts
from assessments.core.metrics.overall_samples import effective_table, everybody
from assessments.core.subject import Need, Task
from shield.evidence.measurement import Interval, Measurement
from shield.evidence.sentence import number

ID = "performance.macro_f1"


@dataclass(frozen=True, slots=True)
class BootstrapParameters:
    """Parameters of a bootstrap interval."""

    replicates: int = field(default=2000, metadata={"help": "Replicates, 200 to 100,000."})

    def __post_init__(self) -> None:
        if not 200 <= self.replicates <= 100_000:
            raise ValueError("replicates between 200 and 100,000")


@check(
    id=ID,
    title="Macro F1",
    needs={Need.DECISIONS, Need.LABELS},
    tasks={Task.MULTICLASS},
    parameters=BootstrapParameters,
)
def macro_f1(context: Context, parameters: BootstrapParameters) -> CheckResult:
    """Mean over classes of F1 = 2 TP / (2 TP + FP + FN); range [0, 1].

    The classes' F1 values share rows, so that no closed interval is right: it is a percentile
    bootstrap, drawn as a multinomial on the cells of the confusion table (exactly the bootstrap of
    rows). A class that neither occurs nor is decided counts as 0, as in scikit-learn. With several
    rows a person, the cells are first divided by the design effect of the accuracy.
    """
    subject = everybody(context.subject)
    assert subject.decision is not None
    k = len(subject.classes)
    counts = confusion_counts(subject.groupings, subject.label, subject.decision, k)[0][0]
    effect = float(accuracy_samples(subject)[0].design_effect[0])
    drawn = effective_table(counts, effect) if effect > 1 else counts
    value = float(mean_f1(counts))  # of the rows: rounded effective cells must not move it
    low, high = bootstrap_interval(
        drawn,
        mean_f1,
        replicates=parameters.replicates,
        confidence=context.confidence,
        rng=context.rng,
    )
    return CheckResult(
        (
            Measurement(
                check=ID,
                value=value,
                interval=Interval(min(float(low), value), max(float(high), value)),
                confidence=context.confidence,
                n=subject.n,
                unit="rate",
                method=f"mean over {k} classes of 2 TP / (2 TP + FP + FN); percentile interval of"
                f" {parameters.replicates} multinomial replicates",
                seed=context.seed,
                statement=f"The mean F1 over {k} classes and {subject.n:,} rows is"
                f" {number(value)}.",
                detail={"value": value, "classes": k},
            ),
        )
    )
