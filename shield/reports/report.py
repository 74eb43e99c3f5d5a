"""Everything that a report tells about one run, read once; the sections only arrange it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.safestring import mark_safe

from shield.evidence.measurement import ALL_GROUPS, Threshold
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.policy import Policy
from shield.evidence.sentence import limit_text
from shield.findings.models import Finding
from shield.findings.selectors import findings_of_run, findings_proved_by
from shield.records.measurements import measurement_of
from shield.records.models import CheckRecord, MeasurementRecord, Run
from shield.registry.models import Dataset
from shield.reports.charts import forest_plot
from shield.reports.definitions import DEFINITIONS, Definition
from shield.reports.rows import URGENCY
from shield.risk.defaults import importance

MOST_ROWS = 60
"""Rows of one table; the result file has all of them."""

MOST_SENTENCES = 8
"""Failures of one check that are told in words; the rest is in chart, table and findings."""


@dataclass(frozen=True)
class CheckResults:
    """One check of the run with its measurements, the gravest first."""

    record: CheckRecord
    measurements: list[MeasurementRecord]
    definition: Definition | None

    @property
    def anchor(self) -> str:
        """A name for links inside the document."""
        return f"check-{self.record.check_id.replace('.', '-')}"

    @property
    def title(self) -> str:
        return self.record.title

    @property
    def shown(self) -> list[MeasurementRecord]:
        """The rows of the table."""
        return self.measurements[:MOST_ROWS]

    @property
    def more(self) -> int:
        """How many rows only the result file has."""
        return len(self.measurements) - len(self.shown)

    @property
    def method(self) -> str:
        """How values and intervals were computed, in words."""
        of = next((item for item in self.measurements if item.method), None)
        if of is None:
            return ""
        level = "; the level holds for all groups of the check together" * of.simultaneous
        return f"{of.method}{level}."

    @property
    def parameters(self) -> dict[str, object]:
        """What the check was called with; a parameter that was left open says nothing."""
        called = self.record.parameters
        return {name: value for name, value in called.items() if value is not None}

    @property
    def told(self) -> list[MeasurementRecord]:
        """What is worth a sentence: failures, else the undecided group one would ask about first."""
        failed = [item for item in self.measurements if item.outcome == Outcome.FAIL]
        return failed[:MOST_SENTENCES] or self.undecided[:1]

    @cached_property
    def undecided(self) -> list[MeasurementRecord]:
        """Inconclusive values: those beyond their limit, named single groups, large ones first."""
        open_ = [
            item
            for item in self.measurements
            if item.outcome == Outcome.INCONCLUSIVE and item.value is not None
        ]
        return sorted(open_, key=self._first_asked)

    def _first_asked(self, item: MeasurementRecord) -> tuple[bool, bool, int, int]:
        good = self.threshold is None or self.threshold.contains(item.value or 0.0)
        return good, ALL_GROUPS in item.slice.values(), len(item.slice), -item.n

    @cached_property
    def without_value(self) -> list[tuple[str, int]]:
        """Why groups of this check have no value, and how many."""
        reasons = Counter(
            item.reason or "" for item in self.measurements if item.value is None and item.reason
        )
        return reasons.most_common()

    @property
    def is_judged(self) -> bool:
        """True when a policy sets a threshold for at least one of the measurements."""
        return any(item.outcome is not None for item in self.measurements if item.value is not None)

    @cached_property
    def threshold(self) -> Threshold | None:
        """The limit of the check; every slice of a check has the same."""
        judged = (measurement_of(item).threshold for item in self.measurements)
        return next((limit for limit in judged if limit is not None), None)

    @property
    def limit(self) -> str:
        """The limit in words, or ""."""
        return limit_text(self.threshold) if self.threshold else ""

    @cached_property
    def chart(self) -> str:
        """The forest plot of what was measured; "" when there is nothing to draw."""
        measured = [item for item in self.measurements if item.value is not None]
        if not self.is_judged:
            # Numbers that nothing judges are an overview: intersections are in the table.
            measured = [item for item in measured if len(item.slice) < 2]
        if not measured:
            return ""
        return mark_safe(forest_plot(measured, threshold=self.threshold, title=self.title))  # noqa: S308  made by ElementTree, which escapes

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many measurements came to which outcome, worst first; "" is descriptive."""
        found = Counter(item.outcome or "" for item in self.measurements)
        return [(kind, found[kind]) for kind in URGENCY if found[kind]]


@dataclass(frozen=True)
class Report:
    """One run as its report tells it."""

    run: Run
    checks: list[CheckResults]
    findings: list[Finding]
    proved: list[Finding]
    policy: Policy
    made_at: datetime

    @classmethod
    def of(cls, run: Run) -> Report:
        """Read what the sections need; the queries do not grow with the measurements."""
        run = Run.objects.select_related("service", "version").get(pk=run.pk)
        records = run.checks.prefetch_related("measurements__check_record").order_by("position")
        return cls(
            run=run,
            checks=[_results(record) for record in records],
            findings=sorted(findings_of_run(run), key=_gravity),
            proved=list(findings_proved_by(run)),
            policy=Policy.from_json(run.policy),
            # The time of the evidence, not of the printing: the same run gives the same bytes.
            made_at=run.finished_at or run.queued_at,
        )

    @property
    def title(self) -> str:
        return f"{self.run.service.name} {self.run.version.label}"

    @cached_property
    def data(self) -> list[Dataset]:
        """The tables that were measured, by role."""
        return list(self.run.datasets.order_by("role"))

    @cached_property
    def evidence(self) -> list[tuple[Finding, CheckResults | None, MeasurementRecord | None]]:
        """Every finding with the check and the measurement of this run that it stands for."""
        found = {
            (check.record.check_id, item.slice_key): (check, item)
            for check in self.checks
            for item in check.measurements
        }
        none = (None, None)
        return [(each, *found.get((each.check_id, each.slice_key), none)) for each in self.findings]

    @cached_property
    def unmeasured_reasons(self) -> list[tuple[str, str, list[CheckResults]]]:
        """(outcome, reason, checks) of what was skipped or broke: one entry a reason."""
        found: dict[tuple[str, str], list[CheckResults]] = {}
        for check in sorted(self.unmeasured, key=lambda each: importance(each.record.check_id)):
            key = (check.record.outcome or "", check.record.reason or "–")
            found.setdefault(key, []).append(check)
        return [(outcome, reason, checks) for (outcome, reason), checks in found.items()]

    @cached_property
    def judged(self) -> list[CheckResults]:
        """Checks with verdicts, the worst first, then in the order of importance."""
        found = [check for check in self.checks if check.is_judged]
        return sorted(
            found,
            key=lambda check: (
                URGENCY[check.record.outcome or ""],
                importance(check.record.check_id),
            ),
        )

    @cached_property
    def descriptive(self) -> list[CheckResults]:
        """Checks whose numbers no policy judges."""
        return [
            check
            for check in self.checks
            if not check.is_judged and any(item.value is not None for item in check.measurements)
        ]

    @property
    def undecided(self) -> list[CheckResults]:
        """Checks with inconclusive values."""
        found = [check for check in self.checks if check.undecided]
        return sorted(found, key=lambda check: importance(check.record.check_id))

    @cached_property
    def unmeasured(self) -> list[CheckResults]:
        """Checks that were skipped or broke."""
        return [
            check
            for check in self.checks
            if check.record.outcome in (Outcome.SKIPPED, Outcome.ERROR)
        ]

    @property
    def gaps(self) -> list[tuple[CheckResults, list[tuple[str, int]]]]:
        """Checks that were measured, but not for every group, with the reasons."""
        whole = {id(check) for check in self.unmeasured}
        return [
            (check, check.without_value)
            for check in self.checks
            if check.without_value and id(check) not in whole
        ]

    @cached_property
    def counts(self) -> list[tuple[str, int]]:
        """How many measurements came to which outcome, worst first; "" is descriptive."""
        found: Counter[str] = Counter()
        for check in self.checks:
            found.update(dict(check.counts))
        return [(kind, found[kind]) for kind in URGENCY if found[kind]]

    @cached_property
    def severities(self) -> list[tuple[Severity, int]]:
        """How many findings of each of the five severities, always all five."""
        found = Counter(finding.severity for finding in self.findings)
        return [(severity, found[severity.value]) for severity in Severity]


def _results(record: CheckRecord) -> CheckResults:
    measurements: Iterable[MeasurementRecord] = record.measurements.all()
    return CheckResults(
        record=record,
        measurements=sorted(
            measurements, key=lambda item: (URGENCY[item.outcome or ""], item.position)
        ),
        definition=DEFINITIONS.get(record.check_id),
    )


def _gravity(finding: Finding) -> tuple[int, int]:
    return -Severity(finding.severity).rank, finding.pk
