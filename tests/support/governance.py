"""A signed statement, an incident and things without an owner, for the world that tests look at."""

from __future__ import annotations

from django.utils import timezone

from shield.accounts.choices import Role
from shield.findings.models import Finding
from shield.frameworks.services import statement_sign
from shield.incidents.services import incident_comment, incident_report
from shield.registry.badges import badge_issue
from shield.registry.models import Service
from shield.registry.services import service_retire
from tests import factories


def governance(of: Service, text: str) -> tuple[str, ...]:
    """The addresses of what was made, with everything that a text can carry in each field."""
    signer = factories.user("sina", role=Role.RISK_OFFICER, first_name=text[:100])
    signed = statement_sign(
        framework="mas-feat", requirement="5", text=text, days=30, actor=signer, service=of
    )
    incident = incident_report(
        service=of, title=text[:200], what_happened=text, severity="critical",
        noticed_at=timezone.now(), harm="death", people_harmed=1_234_567, actor=signer,
        findings=list(Finding.objects.filter(service=of)[:2]),
    )  # fmt: skip
    incident_comment(incident=incident, text=text, actor=signer)
    badge_issue(service=of, actor="olga")
    gone = factories.service("gone", name=text[:200])
    service_retire(service=gone, actor="olga", reason=text)
    return (
        signed.get_absolute_url(),
        incident.get_absolute_url(),
        gone.get_absolute_url(),
        f"/services/{of.slug}/frameworks/mas-feat/",
        f"/services/{of.slug}/frameworks/eu-ai-act/",
    )
