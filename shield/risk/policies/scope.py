"""Which runs of the past a proposal is held to, and the rules that judge them before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy, Rule
from shield.records.choices import RunKind, RunState
from shield.records.models import Run
from shield.risk.composition import effective_rule
from shield.risk.policies.guard import override_of
from shield.risk.policies.models import ChangeState, PolicyChange, PolicyException

RECENT_DAYS: Final = 30
"""Every run of these days is held to the proposal, not only the last one of its service."""


@dataclass(frozen=True)  # without slots: what is asked often is worked out once
class Question:
    """What is asked of the past: the rules in force against the proposed ones, of a tier or a service."""

    old: Policy
    new: Policy
    tier: str
    service_id: int | None = None
    exception: tuple[str, Threshold] | None = None
    """Check and limit that would hold for the service alone."""

    @cached_property
    def checks(self) -> list[str]:
        """Every check that has a rule before or after."""
        named = {self.exception[0]} if self.exception else set()
        return sorted(set(self.old.rules) | set(self.new.rules) | named)

    @cached_property
    def changed(self) -> list[str]:
        """Checks whose rule differs."""
        if self.exception:
            return [self.exception[0]]
        return [c for c in self.checks if self.old.rules.get(c) != self.new.rules.get(c)]


def question_of(proposal: PolicyChange | PolicyException) -> Question:
    """The question that a proposal puts to the past."""
    old = proposal.base.policy
    if isinstance(proposal, PolicyChange):
        return Question(old, proposal.proposed, proposal.tier)
    excepted = (proposal.check_id, proposal.threshold)
    return Question(old, old, proposal.tier, proposal.service_id, excepted)


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run of the past, with what its manifest and its service's exceptions change of the rules."""

    pk: UUID
    service_id: int
    slug: str
    name: str
    version: str
    finished_at: datetime
    latest: bool
    manifest: Any
    fail_on: str | None
    exceptions: Mapping[str, Threshold]
    favourable: Any = None
    pushed: bool = False

    def as_json(self) -> dict[str, object]:
        """What a report says of the run."""
        return {
            "run": str(self.pk),
            "version": self.version,
            "service": self.slug,
            "service_name": self.name,
            "at": self.finished_at.isoformat(),
            "latest": self.latest,
        }

    def rule(self, question: Question, check: str, *, new: bool) -> Rule | None:
        """The rule that judges one check of this run, before or after."""
        policy = question.new if new else question.old
        exception = self.exceptions.get(check)
        if new and question.exception and question.exception[0] == check:
            exception = question.exception[1]
        return effective_rule(
            policy.rules.get(check),
            override=override_of(self.manifest, check),
            exception=exception,
        )

    def gate_severity(self, policy: Policy) -> Severity:
        """From which severity on a failure fails the gate: the manifest may lower it."""
        asked = Severity(self.fail_on) if self.fail_on else policy.fail_on
        return asked if policy.fail_on.at_least(asked) else policy.fail_on


def past_runs(question: Question, *, days: int, now: datetime) -> list[PastRun]:
    """The last finished run of each service within `days`, and every run of the last 30; newest first.

    What another tool pushed says nothing of the product's own checks: it never stands for the last
    assessment, and each tool has a last run of its own.
    """
    rows = Run.objects.filter(
        state=RunState.FINISHED,
        finished_at__gte=now - timedelta(days=days),
        service__tier=question.tier,
        service__retired_at=None,
    )
    if question.service_id is not None:
        rows = rows.filter(service=question.service_id)
    found = rows.order_by("-finished_at", "-pk").values_list(
        "pk", "service_id", "service__slug", "service__name", "version__label", "finished_at",
        "inputs__manifest__policy", "inputs__manifest__gate__fail_on",
        "inputs__manifest__data__favourable", "kind", "source",
    )  # fmt: skip
    exceptions = _exceptions(question)
    recent, seen = now - timedelta(days=RECENT_DAYS), set[tuple[int, str]]()
    kept: list[PastRun] = []
    for pk, service, slug, name, version, ended, manifest, fail_on, *more in found.iterator():
        assert ended is not None  # a finished run has an end
        favourable, kind, source = more
        pushed = kind == RunKind.PUSHED
        line = (service, source if pushed else "")
        latest = line not in seen
        seen.add(line)
        if latest or ended >= recent:
            limits = exceptions.get(service, {})
            kept.append(
                PastRun(
                    pk, service, slug, name, version, ended, latest, manifest, fail_on, limits,
                    favourable, pushed,
                )
            )  # fmt: skip
    return kept


def _exceptions(question: Question) -> dict[int, dict[str, Threshold]]:
    rows = PolicyException.objects.filter(
        service__tier=question.tier,
        state=ChangeState.APPROVED,
        ended_at=None,
        expires_at__gt=timezone.now(),
    )
    found: dict[int, dict[str, Threshold]] = {}
    for row in rows:
        found.setdefault(row.service_id, {})[row.check_id] = row.threshold
    return found


def unseen(checks: Sequence[str], counts: Mapping[str, int]) -> list[str]:
    """Checks that no past run measured: nothing can be said of their limit."""
    return [check for check in checks if not counts.get(check)]
