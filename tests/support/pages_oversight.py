"""Pages of messages, the audit trail, risk, frameworks and incidents, for the list of all pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from shield.incidents.models import Incident

if TYPE_CHECKING:
    from tests.support.pages import World


def message_pages(of: World) -> dict[str, str]:
    """Notifications and webhooks."""
    return {
        "notification-list": reverse("notification-list"),
        "notification-list filtered": reverse("notification-list") + "?kind=critical&read=no",
        "notification-preferences": reverse("notification-preferences"),
        "unsubscribe": reverse("unsubscribe") + "?token=no-such",
        "webhook-list": reverse("webhook-list"),
        "webhook-new": reverse("webhook-new"),
        "webhook-detail": of.delivery.endpoint.get_absolute_url(),
        "webhook-change": reverse("webhook-change", args=[of.delivery.endpoint_id]),
        "webhook-delivery": reverse(
            "webhook-delivery", args=[of.delivery.endpoint_id, of.delivery.pk]
        ),
    }


def audit_pages(of: World) -> dict[str, str]:
    """The audit trail."""
    return {
        "audit-list": reverse("audit-list"),
        "audit-list of findings": reverse("audit-list") + "?object_type=finding",
        "audit-list filtered": reverse("audit-list") + "?act=service.change&when=7&q=evil",
        "audit-detail": reverse("audit-detail", args=[of.event.pk]),
        "audit-integrity": reverse("audit-integrity"),
    }


def risk_pages(of: World) -> dict[str, str]:
    """Risk, policies and proposals to change them."""
    return {
        "risk-list": reverse("risk-list"),
        "risk-list filtered": reverse("risk-list") + "?tier=high&appetite=within&freshness=never",
        "risk-service": reverse("risk-service", args=[of.service.slug]),
        "risk-service never assessed": reverse("risk-service", args=[of.hostile.slug]),
        "risk-unit": reverse("risk-unit", args=[of.service.unit.slug]),
        "policy-list": reverse("policy-list"),
        "policy-tier": reverse("policy-tier", args=["high"]),
        "policy-change-list": reverse("policy-change-list"),
        "tiering-assess": reverse("tiering-assess", args=[of.service.slug]),
        **{f"proposal {number}": url for number, url in enumerate(of.proposals)},
        "policy-propose": reverse("policy-propose", args=["high"]),
        "policy-exception-propose": reverse("policy-exception-propose", args=[of.service.slug]),
    }


def governance_pages(of: World) -> dict[str, str]:
    """Frameworks, incidents and what has no owner."""
    return {
        "framework-list": reverse("framework-list"),
        "framework-detail": reverse("framework-detail", args=["nist-ai-rmf"]),
        "framework-services": reverse("framework-services", args=["nist-ai-rmf"]),
        **{f"governance {number}": url for number, url in enumerate(of.governance)},
        "statement-list": reverse("statement-list"),
        "statement-sign": reverse("statement-sign", args=[of.service.slug, "mas-feat", "5"]),
        "service-incident-report": reverse("service-incident-report", args=[of.service.slug]),
        "incident-change": reverse(
            "incident-change",
            args=[Incident.objects.order_by("pk").values_list("pk", flat=True)[0]],
        ),
        "incident-list": reverse("incident-list"),
        "api-docs": reverse("api-docs"),
        "api-docs found": reverse("api-docs") + "?q=upload",
        "api-docs-group": reverse("api-docs-group", args=["uploads"]),
        "in-production": reverse("in-production"),
        "orphans": reverse("orphans"),
    }
