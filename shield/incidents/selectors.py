"""Reading incidents."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from shield.accounts.policy import visible
from shield.findings.models import Finding
from shield.incidents.choices import IncidentState, Notification
from shield.incidents.models import Incident
from shield.registry.models import Service

WAITING: Final = (Notification.UNKNOWN, Notification.NEEDED)
"""Nobody has settled yet whether an authority knows."""


def incidents_all() -> QuerySet[Incident]:
    """Every incident with what a list shows."""
    return Incident.objects.select_related("service", "version", "manager")


def incidents_visible(user: object) -> QuerySet[Incident]:
    """Incidents that the person may see."""
    return visible(incidents_all(), user, "incident.view")


def notification_overdue(now: datetime | None = None) -> Q:
    """Incidents of which an authority should know by now, and that nobody says it does."""
    return Q(notification__in=WAITING, notify_by__lt=now or timezone.now())


def incidents_of_service(service: Service, *, limit: int = 5) -> list[Incident]:
    """The open ones first, then the latest."""
    rows = incidents_all().filter(service=service)
    open_ = rows.filter(state__in=IncidentState.active()).order_by("-noticed_at")[:limit]
    found = list(open_)
    if len(found) < limit:
        closed = rows.filter(state=IncidentState.CLOSED).order_by("-noticed_at")
        found += list(closed[: limit - len(found)])
    return found


def incidents_of_finding(finding: Finding) -> list[Incident]:
    """Incidents that name this finding."""
    return list(incidents_all().filter(findings=finding).order_by("-id")[:20])
