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
from shield.audit.services import record
from shield.common.api_etags import refuse_changed
from shield.common.errors import InvalidInput
from shield.findings.models import Finding
from shield.incidents.choices import Harm, IncidentAct, IncidentState
from shield.incidents.deadlines import notify_by, same_minute
from shield.incidents.models import Incident, IncidentEntry
from shield.incidents.refusals import (
    refuse_bad,
    refuse_foreign,
    refuse_manager,
    refuse_no_reason,
    refuse_unclosable,
)
from shield.incidents.transitions import Move, target
from shield.registry.choices import Environment
from shield.registry.models import Service, Version
from shield.registry.selectors import deployed_at

REPORT: Final = "incident.report"
MANAGE: Final = "incident.manage"

FACTS: Final = (
    "title", "what_happened", "severity", "noticed_at", "started_at", "ended_at", "environment",
    "version", "harm", "people_harmed", "notification", "notify_by", "notified_at", "authority",
    "root_cause", "corrective_actions", "lessons", "manager",
)  # fmt: skip
"""What may be changed after the report; its service and who reported it stay."""


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
    refuse_bad(incident)
    refuse_foreign(service, findings)
    incident.notify_by = notify_by(harm, noticed_at)
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
    """Change facts, with a reason. `seen` is the version of the row that the writer looked at.

    The date by which an authority must know follows the harm and the time it was noticed, unless
    somebody has set another date. What is closed stays fit to be closed.
    """
    incident = _locked(incident, actor, MANAGE, seen)
    unknown = set(changes) - set(FACTS)
    if unknown:
        raise InvalidInput(
            "incident_unknown_fact",
            _("An incident has no %(facts)s that can be changed.")
            % {"facts": ", ".join(sorted(unknown))},
            _("These can: %(facts)s.") % {"facts": ", ".join(FACTS)},
        )
    refuse_no_reason(reason)
    refuse_manager(changes.get("manager"), incident)
    before = _facts(incident)
    was = incident.harm, incident.noticed_at, incident.notify_by
    for name, value in changes.items():
        setattr(incident, name, value.strip() if isinstance(value, str) else value)
    _follow(incident, *was)
    refuse_bad(incident)
    if incident.state == IncidentState.CLOSED:
        refuse_unclosable(incident)
    incident.save()
    if findings is not None:
        refuse_foreign(incident.service, findings)
        incident.findings.set(findings)
    after = _facts(incident)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        note = f"{', '.join(changed)}: {reason.strip()}"
        _note(incident, actor, IncidentAct.CHANGED, note=note)
        old, new = ({name: facts[name] for name in changed} for facts in (before, after))
        _audit(incident, actor, "incident.change", before=old, after=new, reason=reason)
    return incident


@transaction.atomic
def incident_move(
    *, incident: Incident, move: Move, reason: str, actor: User, seen: str = ""
) -> Incident:
    """Take an incident to its next state, with a reason. Closing asks for root cause and lessons, and
    after a serious harm for the decision whether an authority must know."""
    incident = _locked(incident, actor, MANAGE, seen)
    before, to = incident.state, target(incident.state, move)
    refuse_no_reason(reason)
    if to is IncidentState.CLOSED:
        refuse_unclosable(incident)
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


def _follow(incident: Incident, harm: str, noticed_at: datetime, date: datetime | None) -> None:
    """Move the date for an authority along with what it follows from; one that somebody set stays."""
    if (incident.harm, incident.noticed_at) == (harm, noticed_at):
        return
    set_now = not same_minute(incident.notify_by, date)
    set_before = date is not None and not same_minute(date, notify_by(harm, noticed_at))
    if not (set_now or set_before):
        incident.notify_by = notify_by(incident.harm, incident.noticed_at)


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
