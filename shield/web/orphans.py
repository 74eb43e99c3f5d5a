"""What nobody answers for any more: nothing is orphaned without somebody seeing it.

Counted by query, so that it is true whoever switched a person off, and however.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from shield.accounts.models import ApiToken, User
from shield.accounts.policy import EVERYWHERE, may, visible
from shield.findings.choices import AcceptanceStatus, FalsePositiveStatus, FindingState
from shield.findings.models import Acceptance, FalsePositive, Finding
from shield.frameworks.models import Statement
from shield.frameworks.selectors import in_force, statements_seen
from shield.incidents.choices import IncidentState
from shield.incidents.models import Incident
from shield.registry.models import Service
from shield.registry.ownership import services_without_owner
from shield.risk.appetite.models import Appetite
from shield.risk.policies.models import PolicyChange, PolicyException
from shield.risk.tiering.models import TieringAssessment

SHOWN = 100
"""Rows of a part that the page lists; the number beside it counts all."""


@dataclass(frozen=True, slots=True)
class Left:
    """Open findings that a person who left is still named for."""

    person: User
    findings: int


@dataclass(frozen=True, slots=True)
class Orphans:
    """Everything that needs somebody else, as far as the person who asks may see it."""

    services: QuerySet[Service]
    findings: list[Left]
    proposals: tuple[QuerySet[Any], ...]
    statements: QuerySet[Statement]
    incidents: QuerySet[Incident]
    tokens: QuerySet[ApiToken]

    @property
    def total(self) -> int:
        """How many rows in all."""
        counted = self.services, self.statements, self.incidents, self.tokens
        return (
            sum(rows.count() for rows in counted)
            + sum(left.findings for left in self.findings)
            + self.proposals_total
        )

    @property
    def proposals_total(self) -> int:
        """Proposals of every kind."""
        return sum(rows.count() for rows in self.proposals)


def orphans(user: object) -> Orphans:
    """What there is, narrowed to what the person may see."""
    return Orphans(
        services=_services(user).select_related("unit").order_by("name"),
        findings=_findings(user),
        proposals=_proposals(user),
        statements=_statements(user).order_by("expires_at"),
        incidents=_incidents(user).order_by("-noticed_at"),
        tokens=_tokens(user).select_related("user").order_by("user__username"),
    )


def orphans_count(user: object) -> int:
    """The number for the home page: rows that nobody answers for."""
    return orphans(user).total


def _services(user: object) -> QuerySet[Service]:
    return visible(services_without_owner(), user, "service.view")


def _findings(user: object) -> list[Left]:
    rows = visible(Finding.objects.filter(state__in=FindingState.active()), user, "finding.view")
    counts = dict(
        rows.filter(assignee__is_active=False, service__retired_at=None)
        .order_by()
        .values_list("assignee")
        .annotate(total=Count("pk"))
    )
    people = User.objects.filter(pk__in=counts).order_by("username")
    return [Left(person, counts[person.pk]) for person in people]


def _proposals(user: object) -> tuple[QuerySet[Any], ...]:
    """Open proposals whose proposer has left, by kind: nobody can withdraw or explain them."""
    gone: dict[str, Any] = {"proposer__is_active": False}
    decisions: list[QuerySet[Any]] = [
        Acceptance.objects.filter(status=AcceptanceStatus.PROPOSED, **gone),
        FalsePositive.objects.filter(status=FalsePositiveStatus.PROPOSED, **gone),
    ]
    found = [
        visible(rows.select_related("finding__service", "proposer"), user, "finding.view")
        for rows in decisions
    ]
    kinds: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
        (PolicyChange, "policy.view", ()),
        (PolicyException, "policy.view", ("service",)),
        (TieringAssessment, "risk.view", ("service",)),
        (Appetite, "risk.view", ("unit",)),
    )
    for kind, act, named in kinds:
        rows: QuerySet[Any] = kind._default_manager.filter(state="proposed", **gone)
        found.append(visible(rows.select_related("proposer", *named), user, act))
    return tuple(found)


def _statements(user: object) -> QuerySet[Statement]:
    current = in_force(timezone.now())
    return statements_seen(user).filter(current, signer__is_active=False)


def _incidents(user: object) -> QuerySet[Incident]:
    rows = Incident.objects.select_related("service", "manager")
    left = rows.filter(state__in=IncidentState.active(), manager__is_active=False)
    return visible(left, user, "incident.view")


def _tokens(user: object) -> QuerySet[ApiToken]:
    """Usable tokens of people who are switched off; shown to those who may end them."""
    rows = ApiToken.objects.filter(
        user__is_active=False, revoked_at=None, expires_at__gt=timezone.now()
    )
    return rows if may(user, "token.manage", EVERYWHERE) else rows.none()
