"""Deadlines that come near or pass become events, each once, so that people and webhooks hear of them.

A `Reminder` row (object, deadline, stage) and the event are one transaction, and the row is unique:
two beats at once, a second run after a crash, or a clock that was set back announce nothing twice. A
stage is announced only while it lasts, so that after days of downtime people hear how things are now,
not each step on the way. A deadline that moves is a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from shield.audit.services import Draft, record_all
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.frameworks.models import Statement
from shield.incidents.models import Incident
from shield.incidents.selectors import WAITING
from shield.notify.models import Reminder
from shield.risk.models import Standing
from shield.risk.policies.models import ChangeState, PolicyException, PolicyVersion
from shield.risk.tiering.models import TieringAssessment

ACTOR: Final = "system"
OLD: Final = timedelta(days=30)
"""What was missed longer ago than this is no news: it stands on the lists."""
BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Stage:
    """From `before` until `until` ahead of the deadline (negative: after it), `act` is announced."""

    name: str
    act: str
    before: timedelta
    until: timedelta


@dataclass(frozen=True, slots=True)
class Due:
    """One deadline of one row."""

    row: Model
    kind: str
    key: str
    deadline: datetime
    facts: dict[str, object]
    unit: int | None


Find = Callable[[Stage, datetime], Iterable[Due]]


def announce(now: datetime | None = None) -> int:
    """Announce every stage that has begun and was not announced; how many."""
    now = now or timezone.now()
    return sum(_announce(stage, list(find(stage, now))) for stage, find in _all())


def _announce(stage: Stage, found: Sequence[Due]) -> int:
    if not found:
        return 0
    reminders = [
        Reminder(object_type=due.kind, object_id=due.key, deadline=due.deadline, stage=stage.name)
        for due in found
    ]
    try:
        with transaction.atomic():
            Reminder.objects.bulk_create(reminders, batch_size=500)
            record_all(drafts=[_draft(stage, due) for due in found])
    except IntegrityError:  # another beat was faster; the next round finds what is left
        return 0
    return len(found)


def _draft(stage: Stage, due: Due) -> Draft:
    days = max(0, round((stage.before) / timedelta(days=1)))
    return Draft(
        actor=ACTOR,
        act=stage.act,
        object_type=due.kind,
        object_id=due.key,
        object_text=str(due.row),
        after={"due_at": due.deadline.isoformat(), "days": days, **due.facts},
        unit=due.unit,
    )


def _stages(act: str, late: str, days: Sequence[int]) -> list[Stage]:
    """Stages so many days ahead, each until the next, and then the deadline itself."""
    edges = [*days, 0]
    ahead = [
        Stage(f"{first} days", act, timedelta(days=first), timedelta(days=then))
        for first, then in pairwise(edges)
    ]
    return [*ahead, Stage("missed", late, timedelta(0), -OLD)]


def _within(field: str, stage: Stage, now: datetime) -> Q:
    """Rows whose deadline lies in the stage's span: exactly now counts as begun."""
    return Q(**{f"{field}__lte": now + stage.before, f"{field}__gt": now + stage.until})


def _unannounced(rows: QuerySet[Any], kind: str, field: str, stage: Stage) -> QuerySet[Any]:
    said = Reminder.objects.filter(
        object_type=kind,
        object_id=Cast(OuterRef("pk"), CharField()),
        deadline=OuterRef(field),
        stage=stage.name,
    )
    return rows.filter(~Exists(said)).order_by(field)[:BATCH]


def _findings(stage: Stage, now: datetime) -> Iterator[Due]:
    rows = Finding.objects.filter(_within("due_at", stage, now), state__in=FindingState.active())
    # A promise shorter than the stage would be announced the moment it is made.
    rows = rows.filter(opened_at__lt=F("due_at") - stage.before).select_related("service")
    for row in _unannounced(rows, "finding", "due_at", stage):
        facts = {"severity": row.severity, "state": row.state}
        yield Due(row, "finding", str(row.pk), row.due_at, facts, row.unit_id)


def _evidence(stage: Stage, now: datetime) -> Iterator[Due]:
    rows = Standing.objects.filter(_within("fresh_until", stage, now), service__retired_at=None)
    for row in _unannounced(rows.select_related("service"), "service", "fresh_until", stage):
        yield Due(row.service, "service", str(row.pk), row.fresh_until, {}, row.unit_id)


def _superseded(stage: Stage, now: datetime) -> Iterator[Due]:
    """Evidence about a version that is no longer the newest, a day after the newer one came."""
    came = "newest_version__created_at"
    rows = Standing.objects.filter(
        Q(**{f"{came}__lte": now - timedelta(days=1), f"{came}__gt": now - OLD}),
        service__retired_at=None, newest_assessed=False,
    ).exclude(last_run=None)  # fmt: skip
    rows = rows.select_related("service", "newest_version")
    for row in _unannounced(rows, "service", came, stage):
        at = row.newest_version.created_at
        yield Due(row.service, "service", str(row.pk), at, {}, row.unit_id)


def _statements(stage: Stage, now: datetime) -> Iterator[Due]:
    rows = Statement.objects.filter(
        _within("expires_at", stage, now), replaced_at=None, withdrawn_at=None
    ).select_related("service", "unit", "signer")
    for row in _unannounced(rows, "statement", "expires_at", stage):
        facts = {"proposer": row.signer.get_username(), "expires_at": row.expires_at.isoformat()}
        yield Due(row, "statement", str(row.pk), row.expires_at, facts, row.unit_id)


def _incidents(stage: Stage, now: datetime) -> Iterator[Due]:
    """Authorities that must know of an incident, as far as somebody has not settled it."""
    rows = Incident.objects.filter(_within("notify_by", stage, now), notification__in=WAITING)
    # A rule of two days would be announced three days ahead the moment that the incident is reported.
    rows = rows.filter(created_at__lt=F("notify_by") - stage.before).select_related("service")
    for row in _unannounced(rows, "incident", "notify_by", stage):
        facts: dict[str, object] = {"severity": row.severity, "state": row.state}
        yield Due(row, "incident", str(row.pk), row.notify_by, facts, row.unit_id)


def _exceptions(stage: Stage, now: datetime) -> Iterator[Due]:
    rows = PolicyException.objects.filter(
        _within("expires_at", stage, now), state=ChangeState.APPROVED, ended_at=None
    ).select_related("service", "proposer")
    for row in _unannounced(rows, "policyexception", "expires_at", stage):
        facts: dict[str, object] = {"proposer": row.proposer.get_username()}
        yield Due(row, "policyexception", str(row.pk), row.expires_at, facts, row.unit_id)


def _tierings(stage: Stage, now: datetime) -> Iterator[Due]:
    newer = TieringAssessment.objects.filter(service=OuterRef("service"), pk__gt=OuterRef("pk"))
    rows = TieringAssessment.objects.filter(
        _within("review_at", stage, now), ~Exists(newer), service__retired_at=None
    ).select_related("service")
    for row in _unannounced(rows, "tieringassessment", "review_at", stage):
        yield Due(row, "tieringassessment", str(row.pk), row.review_at, {}, row.unit_id)


def _policies(stage: Stage, now: datetime) -> Iterator[Due]:
    """The version in force of each tier: a handful of rows."""
    newest: dict[str, PolicyVersion] = {}
    for row in PolicyVersion.objects.order_by("tier", "number").prefetch_related("reviews"):
        newest[row.tier] = row
    for row in newest.values():
        reviews = [review.next_review_at for review in row.reviews.all()]
        deadline = max(reviews, default=row.valid_from + timedelta(days=row.review_days))
        said = Reminder.objects.filter(
            object_type="policyversion", object_id=str(row.pk), deadline=deadline, stage=stage.name
        )
        in_stage = now + stage.until < deadline <= now + stage.before
        if in_stage and not said.exists():
            yield Due(row, "policyversion", str(row.pk), deadline, {}, None)


def _all() -> Iterator[tuple[Stage, Find]]:
    plan: list[tuple[list[Stage], Find]] = [
        (_stages("finding.due_soon", "finding.overdue", (7, 1)), _findings),
        (_stages("evidence.stale_soon", "evidence.stale", (7,)), _evidence),
        ([Stage("superseded", "evidence.stale", timedelta(0), -OLD)], _superseded),
        (_stages("incident.notify_soon", "incident.notify_overdue", (3, 1)), _incidents),
        (_stages("statement.expiring", "statement.expired", (14,)), _statements),
        (_stages("policy.exception_expiring", "policy.exception_expired", (7,)), _exceptions),
        (_stages("policy.review_due", "policy.review_missed", (14,)), _policies),
        (_stages("tier.review_due", "tier.review_missed", (14,)), _tierings),
    ]
    return ((stage, find) for stages, find in plan for stage in stages)
