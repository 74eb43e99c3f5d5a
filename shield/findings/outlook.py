"""What the gate would say with and without an acceptance: shown to the person who decides on it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy
from shield.findings.choices import FindingState
from shield.findings.models import Acceptance, Finding
from shield.records.models import Run


@dataclass(frozen=True, slots=True)
class Outlook:
    """Failures of the latest run that fail the gate, and those left once this one is accepted."""

    run: Run
    fail_on: str
    failing: int
    uncovered: int
    left: int

    @property
    def counts(self) -> bool:
        """Whether this finding is among what fails the gate at all."""
        return self.left < self.uncovered


def gate_outlook(acceptance: Acceptance) -> Outlook:
    """Read from the run that measured the finding last. Two queries."""
    finding = acceptance.finding
    run = Run.objects.select_related("version").get(pk=finding.last_run_id)
    fail_on = Policy.from_json(run.policy).fail_on
    grave = [severity.value for severity in Severity if severity.at_least(fail_on)]
    covered = Q(state=FindingState.FALSE_POSITIVE) | Q(
        state=FindingState.ACCEPTED, accepted_until__gt=timezone.now()
    )
    failing = dict(
        Finding.objects.filter(
            service=finding.service_id,
            last_run=run,
            measurement__outcome="fail",
            measurement__severity__in=grave,
        ).values_list("pk", "accepted_until")
    )
    accepted = set(Finding.objects.filter(covered, pk__in=failing).values_list("pk", flat=True))
    uncovered = failing.keys() - (accepted - {finding.pk})
    return Outlook(
        run=run,
        fail_on=fail_on.value,
        failing=len(failing),
        uncovered=len(uncovered),
        left=len(uncovered - {finding.pk}),
    )
