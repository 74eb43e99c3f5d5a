"""The value behind a finding over time: one point a run that measured the same check and slice."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, F, When
from django.db.models.functions import Coalesce

from shield.findings.choices import TimelineAct
from shield.findings.models import Finding, TimelineEntry
from shield.records.choices import RunKind, RunState
from shield.records.models import MeasurementRecord

LONGEST_HISTORY = 60


@dataclass(frozen=True, slots=True)
class History:
    """Measurements oldest first, and the same as columns for the chart."""

    points: list[MeasurementRecord]

    @property
    def chart(self) -> dict[str, object]:
        """Columns for the browser's chart; null where a run did not measure it, so a gap is a gap. The
        limits are those that judged each point: a policy may have changed between two."""
        runs = [point.check_record.run for point in self.points]
        return {
            "time": [(run.measured_at or run.queued_at).timestamp() for run in runs],
            "value": [point.value for point in self.points],
            "low": [point.low for point in self.points],
            "high": [point.high for point in self.points],
            "outcome": [point.outcome for point in self.points],
            "version": [run.version.label for run in runs],
            "min": [point.threshold_min for point in self.points],
            "max": [point.threshold_max for point in self.points],
        }


def finding_history(finding: Finding) -> History:
    """The finding's check and slice in every finished run of its service, in one query, by the time
    at which each was measured."""
    run = "check_record__run"
    pushed = When(**{f"{run}__kind": RunKind.PUSHED}, then=F(f"{run}__started_at"))
    measured = Coalesce(Case(pushed), F(f"{run}__finished_at"), F(f"{run}__queued_at"))
    rows = (
        MeasurementRecord.objects.filter(
            check_record__run__service=finding.service_id,
            check_record__run__state=RunState.FINISHED,
            check_record__check_id=finding.check_id,
            slice_key=finding.slice_key,
        )
        .select_related("check_record__run__version")
        .order_by(measured.desc(), "-pk")[:LONGEST_HISTORY]
    )
    return History(points=list(reversed(rows)))


@dataclass(frozen=True, slots=True)
class TimelineGroup:
    """Entries that are told together: a row of "seen again" is one line."""

    entries: list[TimelineEntry]

    @property
    def folded(self) -> bool:
        """True for several sightings in a row."""
        return len(self.entries) > 1


def finding_timeline(finding: Finding) -> list[TimelineGroup]:
    """What happened, latest first, in one query."""
    groups: list[TimelineGroup] = []
    for entry in finding.timeline.select_related("run__version").order_by("-id"):
        seen = entry.act == TimelineAct.SEEN
        if seen and groups and groups[-1].entries[0].act == TimelineAct.SEEN:
            groups[-1].entries.append(entry)
        else:
            groups.append(TimelineGroup([entry]))
    return groups
