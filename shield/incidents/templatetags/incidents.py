"""Incidents on the pages of services and findings."""

from __future__ import annotations

from django import template
from django.utils import timezone

from shield.findings.models import Finding
from shield.incidents.choices import IncidentState, Notification
from shield.incidents.models import Incident
from shield.incidents.selectors import incidents_of_finding, incidents_of_service
from shield.registry.models import Service

register = template.Library()


@register.simple_tag
def service_incidents(service: Service) -> list[Incident]:
    """A few incidents of a service, the open ones first."""
    return incidents_of_service(service)


@register.simple_tag
def finding_incidents(finding: Finding) -> list[Incident]:
    """Incidents that name a finding."""
    return incidents_of_finding(finding)


@register.filter
def incident_active(incident: Incident) -> bool:
    """Whether it still asks for work."""
    return incident.state in IncidentState.active()


@register.filter
def notification_late(incident: Incident) -> bool:
    """Whether an authority should know by now."""
    waiting = incident.notification in (Notification.UNKNOWN, Notification.NEEDED)
    late = incident.notify_by is not None and incident.notify_by < timezone.now()
    return waiting and late


ICONS = {"reported": "flag", "state": "progress", "changed": "adjustments", "comment": "message"}


@register.filter
def entry_icon(act: str) -> str:
    """The icon of what happened to an incident."""
    return ICONS[act]
