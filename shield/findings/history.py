"""The value behind a finding over time: one point a run that measured the same check and slice."""

from __future__ import annotations

from dataclasses import dataclass

from shield.findings.choices import TimelineAct
from shield.findings.models import Finding, TimelineEntry
from shield.records.choices import RunState
from shield.records.models import MeasurementRecord

LONGEST_HISTORY = 60


@dataclass(frozen=True, slots=True)
class History:
    """Measurements oldest first, and the same as columns for the chart."""

    points: list[MeasurementRecord]

    @property
    def chart(self) -> dict[str, object]:
        """Columns for the browser's chart; null where a run did not measure it, so a gap is a gap."""
        runs = [point.check_record.run for point in self.points]
        return {
            "time": [run.queued_at.timestamp() for run in runs],
            "value": [point.value for point in self.points],
            "low": [point.low for point in self.points],
            "high": [point.high for point in self.points],
            "outcome": [point.outcome for point in self.points],
            "version": [run.version.label for run in runs],
            "min": self.points[-1].threshold_min if self.points else None,
            "max": self.points[-1].threshold_max if self.points else None,
        }


def finding_history(finding: Finding) -> History:
    """The finding's check and slice in every finished run of its service, in one query."""
    rows = (
        MeasurementRecord.objects.filter(
            check_record__run__service=finding.service_id,
            check_record__run__state=RunState.FINISHED,
            check_record__check_id=finding.check_id,
            slice_key=finding.slice_key,
        )
        .select_related("check_record__run__version")
        .order_by("-check_record__run__queued_at")[:LONGEST_HISTORY]
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
