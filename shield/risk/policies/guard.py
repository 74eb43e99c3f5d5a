"""Moving a limit is not mending a model: no limit is loosened while a finding that it would close is open.

A finding would close when it is open and its current measurement fails under the rule in force and
would pass or become inconclusive (or lose its limit) under the proposed one. Open is what is active, and
what is resolved while the version that failed still serves: until the repair is deployed people live
with the failure.

A run that began before a limit was loosened is judged by the limits that it began with. What it then
finds is a finding like any other, which a run proves gone that holds the limit it failed, whatever the
limit is by then. The limits in force do not fail it, so it stands in the way of no further change.

Findings of retired services stand in nobody's way, since nobody can mend them. They wait with the limit
that they failed: when the service is restored, no looser one resolves them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from shield.common.errors import Conflict
from shield.evidence.measurement import Interval, Threshold
from shield.evidence.policy import Policy, Rule
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.registry.choices import Environment
from shield.registry.models import Deployment, Service
from shield.risk.composition import effective_rule
from shield.risk.differences import threshold_is_looser
from shield.risk.policies.models import ChangeState, PolicyException

MOST_NAMED: Final = 50


@dataclass(frozen=True, slots=True)
class Closing:
    """One open finding that the proposed limit would close."""

    finding: int
    title: str
    service: str
    service_name: str
    severity: str
    check: str

    def as_json(self) -> dict[str, object]:
        """The form of a report and of the refusal."""
        return {
            "finding": self.finding,
            "label": f"FND-{self.finding}",
            "title": self.title,
            "service": self.service,
            "service_name": self.service_name,
            "severity": self.severity,
            "check": self.check,
        }


class WouldClose(Conflict):
    """A looser limit is refused while findings are open that it would close; `problems` names them."""

    def __init__(self, closing: list[Closing]) -> None:
        names = ", ".join(f"FND-{each.finding}" for each in closing[:5])
        more = f" and {len(closing) - 5} more" if len(closing) > 5 else ""
        super().__init__(
            "policy.would_close",
            f"The looser limit would close {len(closing)} open findings: {names}{more}.",
            "Mend them and deploy the repair, or propose to accept their risk; then the limit can be "
            "moved.",
        )
        self.problems = closing[:MOST_NAMED]
        self.total = len(closing)


def closed_by_policy(*, tier: str, old: Policy, new: Policy) -> list[Closing]:
    """The open findings of a tier's services that `new` would close, the oldest first."""
    looser = _loosened(old, new)
    if not looser:
        return []
    services = Service.objects.filter(tier=tier)
    exceptions = _exceptions(services)
    rows = _findings(services).filter(check_id__in=looser)
    return list(_closing(rows, old.rules, new.rules, exceptions, exceptions))


def closed_by_exception(*, exception: PolicyException, policy: Policy) -> list[Closing]:
    """The open findings of one service that its exception would close."""
    services = Service.objects.filter(pk=exception.service_id)
    old = _exceptions(services)
    new = {**old, (exception.service_id, exception.check_id): exception.threshold}
    rows = _findings(services).filter(check_id=exception.check_id)
    return list(_closing(rows, policy.rules, policy.rules, old, new))


def closed_by_end(*, exception: PolicyException, policy: Policy) -> list[Closing]:
    """The open findings of one service that the end of its exception would close: it may have been
    the stricter limit."""
    services = Service.objects.filter(pk=exception.service_id)
    old = _exceptions(services)
    key = (exception.service_id, exception.check_id)
    new = {each: limit for each, limit in old.items() if each != key}
    rows = _findings(services).filter(check_id=exception.check_id)
    return list(_closing(rows, policy.rules, policy.rules, old, new))


def _loosened(old: Policy, new: Policy) -> set[str]:
    """Checks whose limit lets more through. Severities close nothing: they are left to the gate."""
    found = set()
    for check, rule in old.rules.items():
        after = new.rules.get(check)
        if threshold_is_looser(rule.threshold, after.threshold if after else None):
            found.add(check)
    return found


def _findings(services: QuerySet[Service]) -> QuerySet[Finding]:
    failing = Deployment.objects.filter(
        version=OuterRef("last_run__version"),
        environment=Environment.PRODUCTION,
        ended_at__isnull=True,
    )
    undeployed = Q(state=FindingState.RESOLVED) & Exists(failing)
    return (
        Finding.objects.filter(
            Q(state__in=FindingState.active()) | undeployed, service__in=services
        )
        .select_related(None)
        .order_by("pk")
    )


Exceptions = Mapping[tuple[int, str], Threshold]


def _exceptions(services: QuerySet[Service]) -> Exceptions:
    rows = PolicyException.objects.filter(
        service__in=services,
        state=ChangeState.APPROVED,
        ended_at=None,
        expires_at__gt=timezone.now(),
    )
    return {(row.service_id, row.check_id): row.threshold for row in rows}


def _closing(
    rows: QuerySet[Finding],
    old: Mapping[str, Rule],
    new: Mapping[str, Rule],
    exceptions_before: Exceptions,
    exceptions_after: Exceptions,
) -> Iterator[Closing]:
    found = rows.values_list(
        "pk", "title", "service_id", "service__slug", "service__name", "severity", "check_id",
        "measurement__low", "measurement__high",
        "measurement__check_record__run__inputs__manifest__policy",
    )  # fmt: skip
    for pk, title, service, slug, name, severity, check, low, high, manifest in found.iterator(
        chunk_size=2_000
    ):
        override = override_of(manifest, check)
        key = (service, check)
        before = effective_rule(
            old.get(check), override=override, exception=exceptions_before.get(key)
        )
        after = effective_rule(
            new.get(check), override=override, exception=exceptions_after.get(key)
        )
        interval = Interval(-math.inf if low is None else low, math.inf if high is None else high)
        if before is None or not before.threshold.excludes(interval):
            continue
        if after is None or not after.threshold.excludes(interval):
            yield Closing(pk, title, slug, name, severity, check)


def override_of(manifest: Any, check: str) -> Threshold | None:  # noqa: ANN401  (JSON)
    """The limit that a run's manifest names for a check, from its stored JSON form."""
    limits = manifest.get(check) if isinstance(manifest, dict) else None
    return Threshold(**limits) if limits else None
