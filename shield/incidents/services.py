"""Reporting, managing and closing incidents. Each act is one transaction with its audit event."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shield.accounts.models import User
from shield.accounts.pages import require
from shield.accounts.policy import may
from shield.audit.services import record
from shield.common.api_etags import refuse_changed
from shield.common.errors import InvalidInput
from shield.findings.models import Finding
from shield.incidents.choices import Harm, IncidentAct, IncidentState, Notification
from shield.incidents.deadlines import deadlines_for
from shield.incidents.models import Incident, IncidentEntry
from shield.incidents.transitions import Move, target
from shield.records.choices import SeverityChoice
from shield.registry.choices import Environment
from shield.registry.models import Service, Version
from shield.registry.selectors import deployed_at

REPORT: Final = "incident.report"
MANAGE: Final = "incident.manage"
VIEW: Final = "incident.view"

FACTS: Final = (
    "title", "what_happened", "severity", "noticed_at", "started_at", "ended_at", "environment",
    "version", "harm", "people_harmed", "notification", "notify_by", "notified_at", "authority",
    "root_cause", "corrective_actions", "lessons", "manager",
)  # fmt: skip
"""What may be changed after the report; its service and who reported it stay."""
_CHOICES: Final = {
    "severity": SeverityChoice, "environment": Environment, "harm": Harm,
    "notification": Notification,
}  # fmt: skip


@transaction.atomic
def incident_report(
    *,
    service: Service,
    title: str,
    what_happened: str,
    severity: str,
    noticed_at: datetime,
    actor: User,
    environment: str = Environment.PRODUCTION,
    version: Version | None = None,
    findings: Collection[Finding] = (),
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    harm: str = Harm.NONE,
    people_harmed: int | None = None,
) -> Incident:
    """Record an incident. Without a version, the one that served there when it began is taken."""
    require(actor, REPORT, of=service)
    version = version or deployed_at(service, environment, started_at or noticed_at)
    incident = Incident(
        service=service,
        title=title.strip(),
        what_happened=what_happened.strip(),
        severity=severity,
        noticed_at=noticed_at,
        started_at=started_at,
        ended_at=ended_at,
        environment=environment,
        version=version,
        harm=harm,
        people_harmed=people_harmed,
        reported_by=actor.get_username()[:200],
    )
    _refuse_bad(incident)
    _refuse_foreign(service, findings)
    if rules := deadlines_for(harm):
        incident.notify_by = rules[0].by(noticed_at)
    incident.save()
    incident.findings.set(findings)
    _note(incident, actor, IncidentAct.REPORTED, to=incident.state)
    _audit(incident, actor, "incident.report", after=_facts(incident))
    return incident


@transaction.atomic
def incident_change(
    *,
    incident: Incident,
    changes: Mapping[str, Any],
    actor: User,
    reason: str,
    findings: Collection[Finding] | None = None,
    seen: str = "",
) -> Incident:
    """Change facts, with a reason. `seen` is the version of the row that the writer looked at."""
    incident = _locked(incident, actor, MANAGE, seen)
    unknown = set(changes) - set(FACTS)
    if unknown:
        raise InvalidInput(
            "incident_unknown_fact",
            _("An incident has no %(facts)s that can be changed.")
            % {"facts": ", ".join(sorted(unknown))},
            _("These can: %(facts)s.") % {"facts": ", ".join(FACTS)},
        )
    _refuse_no_reason(reason)
    _refuse_manager(changes.get("manager"), incident)
    before = _facts(incident)
    for name, value in changes.items():
        setattr(incident, name, value.strip() if isinstance(value, str) else value)
    _refuse_bad(incident)
    incident.save()
    if findings is not None:
        _refuse_foreign(incident.service, findings)
        incident.findings.set(findings)
    after = _facts(incident)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        note = f"{', '.join(changed)}: {reason.strip()}"
        _note(incident, actor, IncidentAct.CHANGED, note=note)
        _audit(
            incident,
            actor,
            "incident.change",
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            reason=reason,
        )
    return incident


@transaction.atomic
def incident_move(
    *, incident: Incident, move: Move, reason: str, actor: User, seen: str = ""
) -> Incident:
    """Take an incident to its next state, with a reason. Closing asks for root cause and lessons."""
    incident = _locked(incident, actor, MANAGE, seen)
    before, to = incident.state, target(incident.state, move)
    _refuse_no_reason(reason)
    if to is IncidentState.CLOSED:
        _refuse_unlearned(incident)
    incident.state = to
    incident.closed_at = timezone.now() if to is IncidentState.CLOSED else None
    if incident.manager is None:
        incident.manager = actor
    incident.save()
    note = reason.strip()
    _note(incident, actor, IncidentAct.STATE, start=before, to=to, note=note)
    _audit(
        incident, actor, f"incident.{move}",
        before={"state": before}, after={"state": to.value}, reason=note,
    )  # fmt: skip
    return incident


@transaction.atomic
def incident_comment(*, incident: Incident, text: str, actor: User) -> IncidentEntry:
    """Add to the timeline. An empty comment is InvalidInput."""
    incident = _locked(incident, actor, REPORT)
    if not text.strip():
        raise InvalidInput(
            "comment_empty", _("The comment is empty."), _("Write what others must know.")
        )
    entry = _note(incident, actor, IncidentAct.COMMENT, note=text.strip())
    _audit(incident, actor, "incident.comment", after={"comment": text.strip()})
    return entry


def _locked(incident: Incident, actor: User, act: str, seen: str = "") -> Incident:
    row = (
        Incident.objects.select_for_update(of=("self",))
        .select_related("service", "version", "manager")
        .get(pk=incident.pk)
    )
    require(actor, act, of=row)
    if seen:
        refuse_changed(row, seen)
    return row


def _refuse_no_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput(
            "reason_missing", _("A change needs a reason."), _("Say why in a few words.")
        )


def _refuse_manager(manager: User | None, incident: Incident) -> None:
    """Whoever is to manage it must see it; a manager who has left meanwhile is no new choice."""
    if manager is None or manager == incident.manager or may(manager, VIEW, incident):
        return
    raise InvalidInput(
        "incident_manager",
        _("%(person)s may not see incidents of this business unit.")
        % {"person": manager.get_username()},
        _("Choose somebody of the unit, or ask an administrator for a grant."),
    )


def _refuse_unlearned(incident: Incident) -> None:
    if incident.root_cause.strip() and incident.lessons.strip():
        return
    raise InvalidInput(
        "incident_unlearned",
        _("An incident is closed with its root cause and its lessons."),
        _("Write both first: edit the incident."),
    )


def _refuse_bad(incident: Incident) -> None:
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


def _refuse_foreign(service: Service, findings: Collection[Finding]) -> None:
    if any(finding.service_id != service.pk for finding in findings):
        raise InvalidInput(
            "incident_finding", _("A finding is of another service."), _("Link its own findings.")
        )


def _facts(incident: Incident) -> dict[str, object]:
    """The facts as JSON can keep them."""
    found: dict[str, object] = {}
    for name in FACTS:
        value = getattr(incident, name)
        if isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, Version):
            value = value.label
        elif isinstance(value, User):
            value = value.get_username()
        found[name] = value
    linked = incident.findings.order_by("pk").values_list("pk", flat=True)
    return found | {"findings": [f"FND-{pk}" for pk in linked]}


def _note(
    incident: Incident,
    actor: User,
    act: IncidentAct,
    *,
    start: str = "",
    to: str = "",
    note: str = "",
) -> IncidentEntry:
    return IncidentEntry.objects.create(
        incident=incident,
        actor=actor.get_username()[:200],
        act=act,
        from_state=start,
        to_state=to,
        note=note,
    )


def _audit(
    incident: Incident,
    actor: User,
    act: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    record(
        actor=actor.get_username(),
        act=act,
        object_type="incident",
        object_id=incident.pk,
        object_text=str(incident),
        before=before,
        after=after,
        reason=reason,
        unit=incident.unit_id,
    )
