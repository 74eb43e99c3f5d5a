"""Metrics that other tools measured: all of a batch or nothing, judged here, never twice.

* A value without an interval is never judged: nobody knows how sure it is.
* A value for which no limit is set is descriptive, and the answer says `no_threshold`.
* A value that is older than the newest one of its series is kept for the history and not judged, so
  that what comes late opens and resolves nothing.
* A push judges its own checks alone: it can open and resolve only findings of `external.…` checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from assessments.models import PushedPoint
from shield.accounts.models import User
from shield.accounts.policy import may, visible
from shield.common.errors import InvalidInput
from shield.evidence.canonical import digest
from shield.evidence.gate import gate
from shield.evidence.judgement import judge
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.policy import Policy, Rule
from shield.findings.identity import fingerprint
from shield.findings.risks import accepted_risks, false_positives
from shield.findings.services import findings_update
from shield.records.measurements import measurement_row
from shield.records.models import CheckRecord, Run
from shield.records.pushed import VERSION, PushedCheck, run_push
from shield.registry.models import Service, Version
from shield.risk.services import policy_for

EARLY: Final = timedelta(minutes=5)
"""How far another machine's clock may be ahead of ours."""
OLDEST: Final = timedelta(days=400)
MOST: Final = 1_000
NO_LIMIT, NO_INTERVAL, LATE, KNOWN = "no_threshold", "no_interval", "late", "known"
_UNJUDGED: Final[Mapping[str, str]] = {
    NO_INTERVAL: "Not judged: it was sent without an interval.",
    LATE: "Not judged: a newer value of this series was there already.",
    NO_LIMIT: "Descriptive: no limit is set for it.",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One value as it was sent."""

    service: str
    version: str
    check: str
    slice: Mapping[str, str]
    value: float
    interval: tuple[float | None, float | None] | None
    confidence: float
    n: int
    unit: str
    at: datetime
    source: str

    @property
    def series_key(self) -> str:
        """What it is a value of: a finding has the same identity."""
        return digest({"service": self.service, "check": self.check, "slice": dict(self.slice)})

    @property
    def natural_key(self) -> str:
        """What makes it the same value again."""
        return digest(
            {"series": self.series_key, "version": self.version, "at": self.at.isoformat(),
             "source": self.source}
        )  # fmt: skip

    @property
    def content(self) -> str:
        """Everything that was measured."""
        ends = list(self.interval) if self.interval else None
        return digest(
            {"value": self.value, "interval": ends, "confidence": self.confidence, "n": self.n,
             "unit": self.unit}
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PointProblem:
    """What is wrong with one point of a batch."""

    index: int
    field: str
    message: str

    def as_json(self) -> dict[str, object]:
        """The form of the API."""
        return {"index": self.index, "field": self.field, "message": self.message}


class WrongPoints(InvalidInput):
    """A batch with mistakes; nothing of it was kept."""

    def __init__(self, problems: Sequence[PointProblem]) -> None:
        self.problems = sorted(problems, key=lambda each: (each.index, each.field))
        wrong = len({each.index for each in problems})
        super().__init__(
            "metrics.invalid",
            f"{wrong} point{'' if wrong == 1 else 's'} cannot be taken; nothing was kept.",
            "Correct the points named in 'errors.problems' and send the whole batch again.",
        )


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a point."""

    point: Point
    judgement: str
    run: Run | None


def metrics_push(*, user: User, points: Sequence[Point]) -> list[Pushed]:
    """Keep and judge a batch in one transaction. Raises WrongPoints; nothing is kept then."""
    versions = _versions(user, points)
    with transaction.atomic():
        keys = sorted({version.service_id for version in versions.values()})
        # In the order of their keys, so that two batches never wait for each other.
        list(Service.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk"))
        known = _known(points)
        pushed: dict[int, Pushed] = {
            index: Pushed(point, KNOWN, None)
            for index, point in enumerate(points)
            if point.natural_key in known
        }
        new = [(index, point) for index, point in enumerate(points) if index not in pushed]
        new.sort(key=lambda each: _group(each[1]))
        for _, group in groupby(new, key=lambda each: _group(each[1])):
            members = list(group)
            version = versions[members[0][1].service, members[0][1].version]
            pushed |= _push(user, version, members)
    return [pushed[index] for index in range(len(points))]


def _group(point: Point) -> tuple[str, str, str]:
    return point.service, point.version, point.source


def _versions(user: User, points: Sequence[Point]) -> dict[tuple[str, str], Version]:
    """Service and version of each point; everything that can be said before the transaction."""
    names = {point.service for point in points}
    rows = Version.objects.select_related("service__unit").filter(service__slug__in=names)
    found = {(row.service.slug, row.label): row for row in visible(rows, user, "service.view")}
    there = {slug for slug, _ in found}
    now = timezone.now()
    problems: list[PointProblem] = []
    series: dict[tuple[str, str], int] = {}
    for index, point in enumerate(points):

        def wrong(field: str, message: str, index: int = index) -> None:
            problems.append(PointProblem(index, field, message))

        version = found.get((point.service, point.version))
        if version is None and point.service in there:
            wrong("version", "the service has no such version")
        elif version is None:
            wrong("service", "there is no such service, or it has no version")
        elif not may(user, "metric.push", version):
            wrong("service", "you may not push metrics of this service")
        elif version.service.retired_at is not None:
            wrong("service", "the service is retired")
        if point.at > now + EARLY:
            wrong("at", "lies in the future; check the clock of the machine that sends")
        elif point.at < now - OLDEST:
            wrong("at", f"is older than {OLDEST.days} days")
        first = series.setdefault((point.series_key, point.version), index)
        if first != index:
            wrong("slice", f"is the same series as point {first}; send a series one batch a moment")
    if problems:
        raise WrongPoints(problems)
    return found


def _known(points: Sequence[Point]) -> set[str]:
    """Natural keys that are there already, with the same values."""
    rows = PushedPoint.objects.filter(natural_key__in=[each.natural_key for each in points])
    contents = dict(rows.values_list("natural_key", "content"))
    problems = [
        PointProblem(index, "value", "was pushed before with other values for the same moment")
        for index, point in enumerate(points)
        if contents.get(point.natural_key, point.content) != point.content
    ]
    if problems:
        raise WrongPoints(problems)
    return set(contents)


def _push(user: User, version: Version, members: Sequence[tuple[int, Point]]) -> dict[int, Pushed]:
    """One run for what one tool says of one version."""
    manifest: Mapping[str, Any] = version.manifest
    policy, _ = policy_for(
        tier=version.service.tier,
        service_id=version.service_id,
        overrides={name: Threshold(**it) for name, it in manifest.get("policy", {}).items()},
        checks=manifest.get("checks", ()),
        fail_on=manifest.get("gate", {}).get("fail_on"),
    )
    named = {point.check for _, point in members}
    policy = replace(
        policy,
        checks=tuple(sorted(named)),
        rules={check: rule for check, rule in policy.rules.items() if check in named},
    )
    newest = _newest(point for _, point in members)
    judged = [
        (index, point, *_judged(point, policy.rules.get(point.check), newest))
        for index, point in members
    ]
    checks = [
        PushedCheck(
            check, _title(check), [item for _, point, item, _ in judged if point.check == check]
        )
        for check in sorted(named)
    ]
    run = run_push(
        version=version, source=members[0][1].source, checks=checks, policy=policy,
        gate=_gate(version.service, checks, policy), actor=user.get_username(),
        measured_at=min(point.at for _, point in members),
    )  # fmt: skip
    PushedPoint.objects.bulk_create(
        PushedPoint(
            run=run, natural_key=point.natural_key, series_key=point.series_key,
            content=point.content, at=point.at,
        )
        for _, point in members
    )  # fmt: skip
    findings_update(run=run)
    return {index: Pushed(point, said, run) for index, point, _, said in judged}


def _newest(points: Any) -> dict[str, datetime]:  # noqa: ANN401  (a generator of points)
    """The newest moment of each series that is there already."""
    newest: dict[str, datetime] = {}
    rows = PushedPoint.objects.filter(series_key__in=[point.series_key for point in points])
    for key, at in rows.values_list("series_key", "at"):
        newest[key] = max(at, newest.get(key, at))
    return newest


def _judged(
    point: Point, rule: Rule | None, newest: Mapping[str, datetime]
) -> tuple[Measurement, str]:
    low, high = point.interval or (None, None)
    item = Measurement(
        check=point.check,
        value=point.value,
        interval=None
        if point.interval is None
        else Interval(
            float("-inf") if low is None else low, float("inf") if high is None else high
        ),
        slice=dict(point.slice),
        confidence=point.confidence,
        n=point.n,
        unit=point.unit,
        method=f"measured by {point.source}",
        statement=f"{point.source} measured it at {point.at:%Y-%m-%d %H:%M} UTC.",
        detail={"at": point.at.isoformat(), "source": point.source},
    )
    late = point.at < newest.get(point.series_key, point.at)
    why = LATE if late else NO_LIMIT if rule is None else NO_INTERVAL if not item.interval else None
    if why is not None or rule is None:
        plain = judge(item, None, None)
        said = why or NO_LIMIT
        return replace(plain, sentence=f"{plain.sentence} {_UNJUDGED[said]}".strip()), said
    judged = judge(item, rule.threshold, rule.severity_of(item))
    assert judged.outcome is not None  # it has an interval and a limit
    return judged, judged.outcome.value


def _gate(service: Service, checks: Sequence[PushedCheck], policy: Policy) -> dict[str, object]:
    """The gate over what was pushed; what nobody sent is no part of the question."""
    items = [item for check in checks for item in check.measurements]
    rows = {}
    for check in checks:
        record = CheckRecord(check_id=check.check_id, check_version=VERSION, title=check.title)
        for item in check.measurements:
            rows[_identity(service, item)] = measurement_row(item, record=record, position=0)
    failed = {key: row for key, row in rows.items() if row.outcome == "fail"}
    answer = gate(
        items, policy, accepted_risks(service=service, failed=failed),
        false_positives=false_positives(service=service, failed=failed),
        fingerprint=lambda item: _identity(service, item),
    )  # fmt: skip
    return answer.as_json()


def _identity(service: Service, item: Measurement) -> str:
    return fingerprint(service=service.slug, check=item.check, version=VERSION, slice=item.slice)


def _title(check: str) -> str:
    """`external.giskard.toxicity_rate` → "Toxicity rate (giskard)"."""
    _, tool, *name = check.split(".")
    return f"{' '.join(name).replace('_', ' ').capitalize()} ({tool})"
