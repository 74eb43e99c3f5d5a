"""Reading findings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db.models import Count, Model, Q, QuerySet
from django.utils import timezone

from shield.accounts.policy import ACTS, TIERS, visible
from shield.evidence.outcome import Severity
from shield.findings.choices import (
    AcceptanceStatus,
    FalsePositiveStatus,
    FindingState,
    Pending,
    TimelineAct,
)
from shield.findings.days import today
from shield.findings.models import Acceptance, FalsePositive, Finding
from shield.records import selectors as runs
from shield.records.models import Run
from shield.registry.models import Service

Row = TypeVar("Row", bound=Model)
DOCUMENTS: Final = ("service__group_rules", "service__purpose")
"""What no list of findings shows of a service: left in the database."""
EXPIRING: Final = timedelta(days=30)
"""An acceptance that ends within this is "ending soon" in lists."""


def findings_all() -> QuerySet[Finding]:
    """Every finding with what a list shows, without the documents of what hangs on it."""
    return Finding.objects.select_related(
        "service", "assignee", "measurement__check_record__run", "last_run__version"
    ).defer(
        *DOCUMENTS,
        *(f"last_run__{name}" for name in runs.DOCUMENTS),
        *(f"measurement__check_record__run__{name}" for name in runs.DOCUMENTS),
        "last_run__version__manifest",
    )


def findings_active(*, service: Service | None = None) -> QuerySet[Finding]:
    """Findings that still ask for work, the most urgent first."""
    rows = findings_all().filter(state__in=FindingState.active())
    if service is not None:
        rows = rows.filter(service=service)
    return rows.order_by("due_at", "id")


def findings_overdue(*, at: datetime | None = None) -> QuerySet[Finding]:
    """Active findings whose due date has passed."""
    return findings_active().filter(due_at__lt=at or timezone.now())


def findings_unassigned() -> QuerySet[Finding]:
    """Active findings that nobody is responsible for."""
    return findings_active().filter(assignee__isnull=True)


def findings_of_run(run: Run) -> QuerySet[Finding]:
    """Findings that this run opened, saw again, found regressed or worse than what was decided on,
    in the order of their ids."""
    acts = [
        TimelineAct.OPENED,
        TimelineAct.SEEN,
        TimelineAct.REGRESSED,
        TimelineAct.WORSE,
        TimelineAct.ACCEPTANCE_EXPIRED,
        TimelineAct.REOPENED,
    ]
    return (
        findings_all()
        .filter(timeline__run=run, timeline__act__in=acts, timeline__measurement__outcome="fail")
        .distinct()
        .order_by("id")
    )


def findings_proved_by(run: Run) -> QuerySet[Finding]:
    """Findings that this run resolved or closed."""
    acts = [TimelineAct.RESOLVED, TimelineAct.CLOSED]
    rows = findings_all().filter(timeline__run=run, timeline__act__in=acts)
    return rows.distinct().order_by("id")


def counts_by_severity(*, service: Service | None = None) -> dict[Severity, int]:
    """How many active findings there are of each severity; all five keys, gravest first."""
    rows = findings_active(service=service).order_by().values("severity")
    found = {row["severity"]: row["count"] for row in rows.annotate(count=Count("id"))}
    return {severity: found.get(severity.value, 0) for severity in Severity}


def counts_by_service() -> dict[int, dict[Severity, int]]:
    """Active findings by service id and severity, in one query: for lists of services."""
    rows = findings_active().order_by().values("service_id", "severity")
    counts: dict[int, dict[Severity, int]] = {}
    for row in rows.annotate(count=Count("id")):
        of_service = counts.setdefault(row["service_id"], dict.fromkeys(Severity, 0))
        of_service[Severity(row["severity"])] = row["count"]
    return counts


def acceptances_all() -> QuerySet[Acceptance]:
    """Every acceptance with what a list shows: what ends first comes first."""
    related = ("finding__service__unit", "finding__assignee", "proposer", "decider")
    return Acceptance.objects.select_related(*related).order_by("expires_at", "id")


def with_evidence(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Decisions with the measurement that each was made on, and its run without the documents."""
    run = "measurement__check_record__run"
    return rows.select_related(run).defer(*(f"{run}__{name}" for name in runs.DOCUMENTS))


def false_positives_all() -> QuerySet[FalsePositive]:
    """Every claim with what a list shows, the newest first."""
    related = ("finding__service__unit", "finding__assignee", "proposer", "decider")
    return FalsePositive.objects.select_related(*related)


def acceptances_to_decide(rows: QuerySet[Acceptance], user: object) -> QuerySet[Acceptance]:
    """Those that wait for this person: in a unit and tier of theirs, and proposed by another."""
    act = "acceptance.decide"
    waiting = visible(rows, user, act).filter(status=AcceptanceStatus.PROPOSED)
    waiting = waiting.exclude(proposer=_key(user))
    return waiting.filter(_reach(user, act, "finding__service__"))


def mitigation_overdue() -> Q:
    """Active acceptances whose promised repair was due before today; see `Acceptance`."""
    return Q(status=AcceptanceStatus.ACTIVE, mitigate_by__lt=today())


def claims_to_decide(rows: QuerySet[FalsePositive], user: object) -> QuerySet[FalsePositive]:
    """Claims that wait for this person, likewise."""
    act = "false_positive.decide"
    waiting = visible(rows, user, act).filter(status=FalsePositiveStatus.PROPOSED)
    waiting = waiting.exclude(proposer=_key(user))
    return waiting.filter(_reach(user, act, "finding__service__"))


def findings_to_confirm(rows: QuerySet[Finding], user: object) -> QuerySet[Finding]:
    """The findings of those claims, found by what the finding says of itself."""
    act = "false_positive.decide"
    own = FalsePositive.objects.filter(status=FalsePositiveStatus.PROPOSED, proposer=_key(user))
    waiting = visible(rows, user, act).filter(pending=Pending.FALSE_POSITIVE)
    return waiting.filter(_reach(user, act, "service__")).exclude(pk__in=own.values("finding"))


def _key(user: object) -> int:
    return getattr(user, "pk", None) or 0


def _reach(user: object, act: str, path: str) -> Q:
    """The services (at `path`) up to whose unit and tier this person decides."""
    if getattr(user, "is_superuser", False):
        return Q()
    reach = Q(pk__in=[])
    for grant in getattr(user, "grant_list", ()):
        if act not in ACTS.get(grant.role, frozenset()):
            continue
        if grant.unit_id is None and not grant.tier_limit:
            return Q()  # everything, without asking any service
        within = Q() if grant.unit_id is None else Q((f"{path}unit", grant.unit_id))
        limit = TIERS.index(grant.tier_limit) + 1 if grant.tier_limit else len(TIERS)
        reach |= within & Q((f"{path}tier__in", TIERS[:limit]))
    return reach


def acceptance_counts(user: object) -> dict[str, int]:
    """How many acceptances each tab of their list has, as far as `user` may see."""
    now = timezone.now()
    active = Q(status=AcceptanceStatus.ACTIVE, expires_at__gt=now)
    seen = visible(Acceptance.objects.order_by(), user, "finding.view")
    totals = seen.aggregate(
        proposed=Count("pk", filter=Q(status=AcceptanceStatus.PROPOSED)),
        active=Count("pk", filter=active),
        expiring=Count("pk", filter=active & Q(expires_at__lte=now + EXPIRING)),
        ended=Count("pk", filter=Q(ended_at__isnull=False) | Q(status=AcceptanceStatus.REJECTED)),
        all=Count("pk"),
    )
    return totals | {"": totals["all"], "mine": acceptances_to_decide(seen, user).count()}


def acceptances_expiring(user: object, *, start: datetime, end: datetime) -> QuerySet[Acceptance]:
    """Active acceptances that end in [start, end), as far as `user` may see: for a calendar."""
    rows = acceptances_all().filter(
        status=AcceptanceStatus.ACTIVE, expires_at__gte=start, expires_at__lt=end
    )
    return visible(rows, user, "finding.view")
