"""What an incident may not be: facts that contradict each other, changes and ends that lack something."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from shield.accounts.models import User
from shield.accounts.policy import may
from shield.common.errors import InvalidInput
from shield.findings.models import Finding
from shield.incidents.choices import Harm, Notification
from shield.incidents.models import Incident
from shield.records.choices import SeverityChoice
from shield.registry.choices import Environment
from shield.registry.models import Service

VIEW: Final = "incident.view"
_CHOICES: Final = {
    "severity": SeverityChoice, "environment": Environment, "harm": Harm,
    "notification": Notification,
}  # fmt: skip


def refuse_no_reason(reason: str) -> None:
    """A change says why."""
    if not reason.strip():
        raise InvalidInput(
            "reason_missing", _("A change needs a reason."), _("Say why in a few words.")
        )


def refuse_manager(manager: User | None, incident: Incident) -> None:
    """Whoever is to manage it must see it; a manager who has left meanwhile is no new choice."""
    if manager is None or manager == incident.manager or may(manager, VIEW, incident):
        return
    raise InvalidInput(
        "incident_manager",
        _("%(person)s may not see incidents of this business unit.")
        % {"person": manager.get_username()},
        _("Choose somebody of the unit, or ask an administrator for a grant."),
    )


def refuse_unclosable(incident: Incident) -> None:
    """What is closed, or about to be: its cause and lessons are known, and whether somebody must be told."""
    if not (incident.root_cause.strip() and incident.lessons.strip()):
        raise InvalidInput(
            "incident_unlearned",
            _("An incident is closed with its root cause and its lessons."),
            _("Write both first: edit the incident."),
        )
    if incident.harm != Harm.NONE and incident.notification == Notification.UNKNOWN:
        raise InvalidInput(
            "incident_undecided",
            _("Nobody has decided whether an authority must be notified of this harm."),
            _("Decide it first: edit the incident."),
        )


def refuse_bad(incident: Incident) -> None:
    """Facts that cannot be: empty texts, values outside their lists, times in the wrong order."""
    for name in ("title", "what_happened"):
        if not getattr(incident, name):
            raise InvalidInput("incident_empty", _("%(name)s is empty.") % {"name": name}, "")
    for name, known in _CHOICES.items():
        if getattr(incident, name) not in known.values:
            raise InvalidInput(
                f"incident_{name}",
                _("There is no such %(name)s.") % {"name": name},
                ", ".join(known.values),
            )
    now = timezone.now()
    for name in ("noticed_at", "started_at", "ended_at", "notified_at"):
        moment = getattr(incident, name)
        if moment is not None and moment > now:
            raise InvalidInput(
                "incident_future",
                _("%(name)s lies in the future.") % {"name": name},
                _("Times are UTC."),
            )
    started, ended = incident.started_at, incident.ended_at
    if started and (started > incident.noticed_at or (ended and ended < started)):
        raise InvalidInput(
            "incident_order",
            _("It starts before it is noticed, and ends after it starts."),
            _("Correct the times; they are UTC."),
        )
    if incident.version is not None and incident.version.service_id != incident.service_id:
        raise InvalidInput("incident_version", _("That version is of another service."), "")
    if incident.notification == Notification.DONE and incident.notified_at is None:
        raise InvalidInput(
            "incident_notified",
            _("Say when the authority was notified."),
            _("Fill in the time of the notification."),
        )


def refuse_foreign(service: Service, findings: Collection[Finding]) -> None:
    """Only findings of its own service are linked."""
    if any(finding.service_id != service.pk for finding in findings):
        raise InvalidInput(
            "incident_finding", _("A finding is of another service."), _("Link its own findings.")
        )
