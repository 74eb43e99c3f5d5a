"""From the counts of a standing to its score, its freshness and its breaches of appetite.

`standings_refresh` hands over the rows that it has just filled, before it writes them; a handful of
queries serves any number of them. Age enters the score, so that a daily task refreshes them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from shield.audit.services import Draft, record_all
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.records.choices import OutcomeChoice
from shield.records.models import CheckRecord, Run
from shield.records.provenance import runs_under_another_manifest
from shield.registry.models import Version
from shield.risk.appetite.limits import Limits, Position, breaches
from shield.risk.appetite.selectors import limits_in_force
from shield.risk.freshness import NEWER_VERSION, OTHER_DATA, OTHER_MANIFEST, fresh_until
from shield.risk.models import Standing
from shield.risk.policies.versions import cadences
from shield.risk.score import Facts, score

SYSTEM = "system"


@dataclass(slots=True)
class _Seen:
    """What the rows themselves do not hold: findings by severity and clock, undecided checks."""

    open: dict[str, int] = field(default_factory=dict)
    overdue: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    undecided: int = 0
    superseded: Mapping[UUID, str] = field(default_factory=dict)  # of runs whose evidence is void


def appraise(rows: Collection[Standing], *, at: datetime | None = None) -> None:
    """Set score, reasons, freshness and breaches of these standings; nothing is saved.

    `service` is to be selected with them. A service that enters or leaves its unit's appetite has an
    audit event, in the same transaction.
    """
    now = at or timezone.now()
    seen = _look(rows, now)
    by_tier, by_unit = cadences(), limits_in_force({row.unit_id for row in rows})
    drafts = []
    for row in rows:
        was, before = row.in_breach, list(row.breaches)
        _appraise(row, seen[row.service_id], by_tier[row.service.tier], by_unit, now)
        if row.in_breach != was:
            drafts.append(_draft(row, before))
    record_all(drafts=drafts)


def _appraise(
    row: Standing, seen: _Seen, cadence_days: int, by_unit: dict[int, Limits], now: datetime
) -> None:
    row.refreshed_at = now
    row.superseded = seen.superseded.get(row.last_run_id, "") if row.last_run_id else ""
    _judge_pillars(row, seen, cadence_days)
    row.fresh_until = fresh_until(
        finished_at=row.last_finished_at, cadence_days=cadence_days, superseded=row.superseded
    )
    age = _age_days(row, now)
    planned, measured = _coverage(row)
    found = score(
        Facts(
            tier=row.service.tier,
            cadence_days=cadence_days,
            open=seen.open,
            overdue=seen.overdue,
            accepted=seen.accepted,
            planned=planned,
            unmeasured=planned - measured,
            undecided=seen.undecided,
            age_days=age,
            superseded=bool(row.superseded),
        )
    )
    row.score = found.value
    row.score_reasons = [reason.as_json() for reason in found.reasons]
    position = Position(
        score=found.value,
        critical=row.critical,
        high=row.high,
        coverage=measured / planned if age is not None and planned else None,
        age_days=age,
    )
    retired = row.service.retired_at is not None
    limits = Limits() if retired else by_unit.get(row.unit_id, Limits())
    row.breaches = [each.as_json() for each in breaches(position, limits)]
    row.in_breach = bool(row.breaches)


def _judge_pillars(row: Standing, seen: _Seen, cadence_days: int) -> None:
    """Until when the evidence of each pillar holds, by its own run: what it is about, and its end."""
    for facts in row.pillars.values():
        superseded = seen.superseded.get(UUID(facts["run"]), "")
        until = fresh_until(
            finished_at=datetime.fromisoformat(facts["at"]),
            cadence_days=cadence_days,
            superseded=superseded,
        )
        facts["superseded"] = superseded
        facts["fresh_until"] = until.isoformat() if until else None


def _age_days(row: Standing, now: datetime) -> float | None:
    if row.last_finished_at is None:
        return None
    return max(0.0, (now - row.last_finished_at) / timedelta(days=1))


def _coverage(row: Standing) -> tuple[int, int]:
    planned = int(row.coverage.get("planned", 0))
    return planned, min(planned, int(row.coverage.get("measured", 0)))


def _look(rows: Collection[Standing], now: datetime) -> dict[int, _Seen]:
    seen = {row.service_id: _Seen() for row in rows}
    _look_at_findings(seen, now)
    runs = {row.last_run_id: row.service_id for row in rows if row.last_run_id is not None}
    undecided = (
        CheckRecord.objects.filter(run__in=runs, outcome=OutcomeChoice.INCONCLUSIVE)
        .order_by()
        .values_list("run_id")
        .annotate(total=Count("pk"))
    )
    for run, total in undecided:
        seen[runs[run]].undecided = total
    superseded = _superseded(rows)
    for each in seen.values():
        each.superseded = superseded
    return seen


def _look_at_findings(seen: dict[int, _Seen], now: datetime) -> None:
    accepted, late = Q(state=FindingState.ACCEPTED), Q(due_at__lt=now)
    wanted = [*FindingState.active(), FindingState.ACCEPTED]
    found = (
        Finding.objects.filter(service__in=seen, state__in=wanted)
        .order_by()
        .values_list("service_id", "severity")
        .annotate(
            open=Count("pk", filter=~accepted & ~late),
            overdue=Count("pk", filter=~accepted & late),
            accepted=Count("pk", filter=accepted),
        )
    )
    for service, severity, running, overdue, covered in found:
        each = seen[service]
        each.open[severity], each.overdue[severity] = running, overdue
        each.accepted[severity] = covered


def _superseded(rows: Collection[Standing]) -> dict[UUID, str]:
    """Run → why its evidence is about something else by now, of all runs that the rows rest on."""
    newest = {}
    for row in rows:
        for run in _runs_of(row):
            newest[run] = row.newest_version_id
    versions = dict(Run.objects.filter(pk__in=newest).values_list("pk", "version_id"))
    current = {run: version for run, version in versions.items() if version == newest[run]}
    other_manifest = runs_under_another_manifest(current)
    found = dict.fromkeys(set(versions) - set(current), NEWER_VERSION)
    found |= dict.fromkeys(other_manifest, OTHER_MANIFEST)
    return found | dict.fromkeys(_on_other_data(current), OTHER_DATA)


def _runs_of(row: Standing) -> set[UUID]:
    found = {UUID(facts["run"]) for facts in row.pillars.values()}
    return found if row.last_run_id is None else found | {row.last_run_id}


def _on_other_data(runs: Mapping[UUID, int]) -> list[UUID]:
    """Those runs (→ version) that measured other data than their version names by now."""
    measured: dict[UUID, set[int]] = defaultdict(set)
    links = Run.datasets.through.objects.filter(run__in=runs)
    for run, dataset in links.values_list("run_id", "dataset_id"):
        measured[run].add(dataset)
    named: dict[int, set[int]] = defaultdict(set)
    names = Version.datasets.through.objects.filter(version__in=set(runs.values()))
    for version, dataset in names.values_list("version_id", "dataset_id"):
        named[version].add(dataset)
    return [run for run, version in runs.items() if measured[run] != named[version]]


def _draft(row: Standing, before: list[object]) -> Draft:
    return Draft(
        actor=SYSTEM,
        act="appetite.breach" if row.in_breach else "appetite.restored",
        object_type="service",
        object_id=row.service_id,
        object_text=str(row.service),
        before={"breaches": before},
        after={"breaches": row.breaches, "score": round(row.score or 0.0, 1)},
        unit=row.unit_id,
    )
