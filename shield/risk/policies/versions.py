"""Which version of a tier's policy is in force, and how the product's defaults become versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from shield.audit.services import record
from shield.evidence.canonical import digest
from shield.evidence.measurement import Threshold
from shield.evidence.policy import Policy
from shield.registry.choices import Tier
from shield.risk.defaults import tier_policy
from shield.risk.differences import asks_for
from shield.risk.freshness import DEFAULT_CADENCE_DAYS
from shield.risk.policies.models import (
    ChangeState,
    Origin,
    PolicyException,
    PolicyReview,
    PolicyVersion,
)

RELEASE = "release"
"""The actor of versions that come with the product."""


def version_in_force(tier: str) -> PolicyVersion:
    """The newest version of a tier's policy; the product's defaults become version 1 when asked for."""
    found = PolicyVersion.objects.filter(tier=tier).order_by("-number").first()
    return found or _release(tier, tier_policy(tier), None)


def policy_in_force(tier: str) -> Policy:
    """The rules of the version in force, without writing anything. KeyError for a tier that is none."""
    rows = PolicyVersion.objects.filter(tier=tier).order_by("-number")
    document = rows.values_list("document", flat=True).first()
    return Policy.from_json(document) if document else tier_policy(tier)


def cadences() -> dict[str, int]:
    """Tier → how old evidence may become, in days, of the versions in force."""
    newest = PolicyVersion.objects.filter(tier=OuterRef("tier")).order_by("-number")
    rows = PolicyVersion.objects.filter(pk=Subquery(newest.values("pk")[:1]))
    found = dict(rows.order_by().values_list("tier", "cadence_days"))
    return {tier: found.get(tier, DEFAULT_CADENCE_DAYS[tier]) for tier in Tier.values}


def exceptions_in_force(service_id: int, at: datetime | None = None) -> dict[str, Threshold]:
    """Check id → the limit that was approved for this service and has not expired."""
    rows = PolicyException.objects.filter(
        service=service_id,
        state=ChangeState.APPROVED,
        ended_at=None,
        expires_at__gt=at or timezone.now(),
    )
    return {row.check_id: row.threshold for row in rows}


def policies_sync() -> list[PolicyVersion]:
    """Bring what this release of the product ships into the versions; returns those that are new.

    A tier that nobody has changed takes the defaults as they are now. A tier that people have changed
    keeps every limit that they decided on, and takes only limits of checks that the product did not
    know before: a release may add a limit, it never moves one. Idempotent.
    """
    return [made for tier in Tier.values if (made := _sync(tier)) is not None]


def _sync(tier: str) -> PolicyVersion | None:
    shipped = tier_policy(tier)
    newest = PolicyVersion.objects.filter(tier=tier).order_by("-number").first()
    if newest is None:
        return _release(tier, shipped, None)
    known: set[str] = set()
    released = PolicyVersion.objects.filter(tier=tier, origin=Origin.RELEASE)
    for document in released.values_list("document", flat=True):
        known |= set(document["rules"])
    added = {check: rule for check, rule in shipped.rules.items() if check not in known}
    changed = PolicyVersion.objects.filter(tier=tier, origin=Origin.CHANGE)
    if not changed.exists():
        wanted = replace(shipped, version=newest.policy.version)
    else:
        current = newest.policy
        asked = [each for each in added if not asks_for(current.checks, each)]
        asked = [each for each in asked if asks_for(shipped.checks, each)]
        wanted = replace(
            current, rules={**added, **current.rules}, checks=(*current.checks, *asked)
        )
    if digest(wanted.as_json()) == digest(newest.document):
        return None
    return _release(tier, wanted, newest)


def _release(tier: str, policy: Policy, newest: PolicyVersion | None) -> PolicyVersion:
    number = newest.number + 1 if newest else 1
    made = PolicyVersion(
        tier=tier,
        number=number,
        cadence_days=newest.cadence_days if newest else DEFAULT_CADENCE_DAYS[tier],
        review_days=newest.review_days if newest else 365,
        origin=Origin.RELEASE,
        made_by=RELEASE,
        reason="What the product ships with.",
    )
    set_document(made, policy)
    try:
        with transaction.atomic():
            made.save()
            if newest is not None:  # the first one is nobody's change
                audit_version(made, actor=RELEASE, before=newest)
    except IntegrityError:  # another process was first
        return PolicyVersion.objects.get(tier=tier, number=number)
    return made


def set_document(version: PolicyVersion, policy: Policy) -> None:
    """The rules as the document of a version: its number is their version, its tier their name."""
    named = replace(policy, name=f"tier-{version.tier}", version=str(version.number))
    version.document = named.as_json()
    version.sha256 = digest(version.document)


def audit_version(
    version: PolicyVersion, *, actor: str, before: PolicyVersion | None, reason: str = ""
) -> None:
    """The event that a tier's policy has a new version."""
    record(
        actor=actor,
        act="policy.change",
        object_type="policyversion",
        object_id=version.pk,
        object_text=str(version),
        before=_facts(before) if before else None,
        after=_facts(version),
        reason=reason or version.reason,
    )


def _facts(version: PolicyVersion) -> Mapping[str, object]:
    return {
        "number": version.number,
        "sha256": version.sha256,
        "cadence_days": version.cadence_days,
        "policy": version.document,
    }


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """When the version in force of a tier must be looked at again."""

    version: PolicyVersion
    due_at: datetime
    last: PolicyReview | None

    @property
    def is_overdue(self) -> bool:
        """The day has passed."""
        return self.due_at < timezone.now()


def review_due(version: PolicyVersion) -> ReviewDue:
    """After its last review, or else after the days that it was approved with."""
    last = version.reviews.select_related("reviewer").first()
    due = last.next_review_at if last else version.valid_from + timedelta(days=version.review_days)
    return ReviewDue(version, due, last)


def versions_in_force() -> list[PolicyVersion]:
    """One version a tier, the gravest tier first."""
    return [version_in_force(tier) for tier in reversed(Tier.values)]


def policies_overdue_for_review() -> list[ReviewDue]:
    """Versions in force whose review is late: for the home page and for notices."""
    found = [review_due(version) for version in versions_in_force()]
    return sorted((each for each in found if each.is_overdue), key=lambda each: each.due_at)


def history_of(tier: str) -> list[PolicyVersion]:
    """Every version of a tier's policy, the newest first, with who asked and who approved."""
    rows = PolicyVersion.objects.filter(tier=tier).order_by(F("number").desc())
    return list(rows.select_related("change__proposer", "change__decider"))
