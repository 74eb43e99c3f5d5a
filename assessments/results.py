"""The results of a run as its page tells them: by check, worst first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shield.evidence.outcome import Outcome
from shield.findings.models import Finding
from shield.records.choices import SeverityChoice
from shield.records.models import CheckRecord, MeasurementRecord, Run
from shield.risk.defaults import importance

ROWS_PER_CHECK = 8

_OUTCOME_ORDER = (
    Outcome.FAIL,
    Outcome.ERROR,
    Outcome.INCONCLUSIVE,
    Outcome.PASS,
    None,
    Outcome.SKIPPED,
)
_RANK = {outcome.value if outcome else None: rank for rank, outcome in enumerate(_OUTCOME_ORDER)}
_SEVERITY = {severity: rank for rank, severity in enumerate(SeverityChoice.values)}


def gravity(measurement: MeasurementRecord) -> tuple[int, int, int]:
    """Sort key: failures first, the graver the earlier; then as the check gave them."""
    return (
        _RANK[measurement.outcome],
        _SEVERITY.get(measurement.severity or "", len(_SEVERITY)),
        measurement.position,
    )


@dataclass(slots=True)
class CheckResults:
    """One check of a run with the measurements that are to be shown."""

    record: CheckRecord
    measurements: list[MeasurementRecord] = field(default_factory=list)
    total: int = 0

    @property
    def shown(self) -> list[MeasurementRecord]:
        """The first rows, gravest first."""
        return self.measurements[:ROWS_PER_CHECK]

    @property
    def more(self) -> int:
        """How many rows only the check's own page shows."""
        return max(0, len(self.measurements) - ROWS_PER_CHECK)

    @property
    def groupings(self) -> list[tuple[str, list[MeasurementRecord], Mapping[str, str] | None]]:
        """Measurements by the columns that cut the people, one chart each; "" is everybody.

        With each the group that all of its measurements are compared with, where it is one.
        """
        found: dict[str, list[MeasurementRecord]] = defaultdict(list)
        for item in self.measurements:
            found[" × ".join(item.slice)].append(item)
        return [(columns, items, _common_reference(items)) for columns, items in found.items()]

    @property
    def parameters(self) -> dict[str, object]:
        """What was set; a parameter that was left open says nothing to a reader."""
        return {name: it for name, it in self.record.parameters.items() if it is not None}

    @property
    def counts(self) -> list[tuple[str, int]]:
        """(outcome, how many measurements), worst first; "" is descriptive."""
        totals: dict[str | None, int] = defaultdict(int)
        for item in self.measurements:
            totals[item.outcome] += 1
        return [(outcome or "", totals[outcome]) for outcome in _RANK if totals.get(outcome)]

    @property
    def is_measured(self) -> bool:
        """False for a check that was skipped, or that never ran: it has a reason and no number."""
        return self.record.outcome != Outcome.SKIPPED and (
            bool(self.measurements) or self.record.outcome is not None
        )

    @property
    def reason(self) -> str:
        """Why there is no number; "" when nobody said."""
        said = (item.reason for item in self.measurements if item.reason)
        return self.record.reason or next(said, "")

    @property
    def is_open(self) -> bool:
        """Checks that need a decision are unfolded at first."""
        return self.record.outcome in {Outcome.FAIL, Outcome.ERROR}


def _common_reference(items: Iterable[MeasurementRecord]) -> Mapping[str, str] | None:
    references = [item.reference for item in items if item.reference]
    first = references[0] if references else None
    return first if all(reference == first for reference in references) else None


def results_by_check(
    run: Run, measurements: Iterable[MeasurementRecord], *, narrowed: bool
) -> list[CheckResults]:
    """Group measurements under their checks, worst check first, then in the order of importance.

    When the measurements are `narrowed` by a filter, checks without any are left out; otherwise a
    check that has only a reason (skipped, in error, still to run) is there too.
    """
    groups = {record.pk: CheckResults(record) for record in run.checks.all()}
    for item in measurements:
        groups[item.check_record_id].measurements.append(item)
    for group in groups.values():
        group.measurements.sort(key=gravity)
    kept = [group for group in groups.values() if group.measurements or not narrowed]
    return sorted(
        kept, key=lambda group: (_RANK[group.record.outcome], importance(group.record.check_id))
    )


def mark_findings(run: Run, measurements: Sequence[MeasurementRecord]) -> None:
    """Set `finding` on every failed measurement that has one, in one query."""
    findings = {
        (finding.check_id, finding.slice_key): finding
        for finding in Finding.objects.filter(service=run.service_id)
    }
    checks = {record.pk: record.check_id for record in run.checks.all()}
    for item in measurements:
        key = (checks[item.check_record_id], item.slice_key)
        item.finding = findings.get(key) if item.outcome == Outcome.FAIL else None  # type: ignore[attr-defined]


def unmeasured_by_reason(results: Iterable[CheckResults]) -> list[tuple[str, list[CheckResults]]]:
    """Checks without a number under the reason that they share, most frequent first."""
    groups: dict[str, list[CheckResults]] = defaultdict(list)
    for group in results:
        if not group.is_measured:
            groups[group.reason].append(group)
    return sorted(groups.items(), key=lambda entry: -len(entry[1]))
