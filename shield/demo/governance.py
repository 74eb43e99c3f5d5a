"""What people did with the demo's findings: so that every page has something real to show.

Each step goes through the service that a page calls, as the person who may do it. Nothing is dated
back: the charts over time begin on the day of the demo.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import BusinessUnit, User
from shield.evidence.outcome import Severity
from shield.findings.models import Finding
from shield.findings.proposals import Terms
from shield.findings.services import (
    acceptance_approve,
    acceptance_propose,
    false_positive_propose,
    finding_assign,
    finding_comment,
    finding_severity_change,
    finding_start,
    ticket_add,
)
from shield.frameworks.services import statement_sign
from shield.incidents.services import incident_move, incident_report
from shield.incidents.transitions import Move
from shield.notify.services import endpoints
from shield.registry.models import Service, Version
from shield.registry.services import deployment_start
from shield.risk.appetite.limits import Limits
from shield.risk.appetite.services import appetite_approve, appetite_propose
from shield.risk.figures import figures_refresh
from shield.risk.policies.backtests import backtest_run
from shield.risk.policies.proposals import policy_propose
from shield.risk.policies.versions import version_in_force
from shield.risk.tiering.services import tier_assess

CHECK: Final = "fairness.demographic_parity_difference"
ANSWERS: Final = {
    "affects": "essential", "harm": "serious", "scale": "thousand", "vulnerable": "some",
    "technique": "simple", "data": "internal", "change": "fixed", "automation": "recommendation",
    "fallback": "manual", "use": "creditworthiness", "practices": "none", "role": "material",
    "profiling": "yes", "interaction": "no",
}  # fmt: skip
"""What the bank answers about its credit model: high, the tier that its manifest names."""


def govern(*, model: Version, people: Mapping[Role, User]) -> None:
    """The story of a week in a second line, told about the findings of the two services."""
    engineer, officer = people[Role.ENGINEER], people[Role.RISK_OFFICER]
    approver = people[Role.APPROVER]
    findings = list(Finding.objects.filter(check_id=CHECK).order_by("pk"))
    own = [each for each in findings if each.service_id == model.service_id]
    clerks = [each for each in findings if each.service_id != model.service_id]
    deployment_start(version=model, environment="production", actor=engineer.get_username())
    _work(own[0], engineer, officer)
    _decisions(clerks, officer, approver)
    _incident(model, own, engineer, officer)
    _rules(model.service, officer, approver)
    _webhook(people[Role.ADMINISTRATOR])
    figures_refresh()


def _work(finding: Finding, engineer: User, officer: User) -> None:
    finding_severity_change(
        finding=finding, severity=Severity.CRITICAL, category="exposure",
        note="Every branch decides with this model.", actor=officer,
    )  # fmt: skip
    finding.refresh_from_db()
    finding_assign(finding=finding, assignee=engineer, actor=engineer)
    finding.refresh_from_db()
    finding_start(
        finding=finding, category="retrain", actor=engineer,
        note="Train again without unverified_information, which stands in for race.",
    )  # fmt: skip
    finding_comment(
        finding=finding, actor=engineer,
        text="197 of 1,989 applicants are black. The interval is narrow enough to decide.",
    )  # fmt: skip
    ticket_add(
        finding=finding, url="https://tracker.example/MRM-12", title="MRM-12", actor=engineer
    )


def _decisions(findings: list[Finding], officer: User, approver: User) -> None:
    """One risk that is accepted for a few days, one that waits, one that is called wrong."""
    now = timezone.now()
    soon = Terms(
        "mitigate", "controls", "The decisions are of the past; nobody is decided on this way now.",
        now + timedelta(days=6), "A second clerk looks at each refusal.",
        (now + timedelta(days=5)).date(),
    )  # fmt: skip
    later = Terms(
        "accept", "limited_use", "Kept as the baseline that the model is compared with.",
        now + timedelta(days=90),
    )  # fmt: skip
    first, second, third = findings[:3]
    acceptance = acceptance_propose(finding=first, terms=soon, actor=officer)
    acceptance_approve(
        acceptance=acceptance, note="Agreed until the new process is in place.", actor=approver
    )
    acceptance_propose(finding=second, terms=later, actor=officer)
    false_positive_propose(
        finding=third, category="not_applicable", actor=officer,
        reason="Two columns at once split the applicants into groups that nobody decides by.",
        evidence="The groups of one column alone are findings of their own.",
    )  # fmt: skip


def _incident(model: Version, findings: list[Finding], engineer: User, officer: User) -> None:
    incident = incident_report(
        service=model.service, title="Applicants complained about refusals",
        what_happened="Eleven applicants asked why they were refused. The branch could not say.",
        severity="high", noticed_at=timezone.now(), harm="rights", people_harmed=11,
        findings=findings[:1], actor=engineer,
    )  # fmt: skip
    incident_move(
        incident=incident, move=Move.INVESTIGATE, reason="The cases are being read.", actor=officer
    )
    statement_sign(
        framework="mas-feat", requirement="10", days=365, actor=officer, service=model.service,
        text="Applicants are told in the letter of refusal whom to ask; branches answer in 14 days.",
    )  # fmt: skip


def _rules(service: Service, officer: User, approver: User) -> None:
    """How grave the service is, what its unit bears, and a stricter limit that waits for approval."""
    tier_assess(service=service, answers=ANSWERS, reason="First assessment.", actor=officer)
    unit = BusinessUnit.objects.get(pk=service.unit_id)
    limits = Limits(max_score=60.0, max_critical=0, max_high=10, min_coverage=0.5, max_age_days=90)
    appetite = appetite_propose(
        unit=unit, limits=limits, base=None, reason="Agreed by the risk committee.", actor=officer
    )
    appetite_approve(appetite=appetite, note="As minuted.", actor=approver)
    version = version_in_force(service.tier)
    document = deepcopy(version.document)
    document["rules"][CHECK]["threshold"] = {"min": -0.05, "max": 0.05}
    change = policy_propose(
        tier=service.tier, base=version.number, policy=document, actor=officer,
        reason="The committee asks for half the difference between groups.", enqueue=False,
    )  # fmt: skip
    backtest_run(kind="policychange", pk=change.pk)


@transaction.atomic
def _webhook(admin: User) -> None:
    """One that shows what can be sent, switched off: the demo sends nothing to anybody."""
    terms = endpoints.Terms(
        "Chat of the risk team", "https://chat.example/hooks/risk", ["finding.*"]
    )
    row, _secret = endpoints.endpoint_create(terms=terms, unit=None, actor=admin.get_username())
    endpoints.endpoint_switch(
        endpoint=row, active=False, actor=admin.get_username(), reason="The demo sends nothing."
    )
