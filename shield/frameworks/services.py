"""Signing and withdrawing statements. Computing coverage is in `refresh`."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import require
from shield.accounts.policy import ACTS, EVERYWHERE
from shield.audit.models import Event
from shield.audit.services import record
from shield.common.errors import Conflict, InvalidInput
from shield.frameworks.catalogue import Requirement, frameworks
from shield.frameworks.models import Statement
from shield.frameworks.refresh import coverage_mark
from shield.registry.models import Service

ACT: Final = "statement.sign"
LONGEST_DAYS: Final = 365
LONGEST_TEXT: Final = 10_000


@transaction.atomic
def statement_sign(
    *,
    framework: str,
    requirement: str,
    text: str,
    days: int,
    actor: User,
    service: Service | None = None,
    unit: BusinessUnit | None = None,
) -> Statement:
    """Sign that a requirement is met, for `service`, for `unit`, or (neither) for the organisation.

    A new version replaces the one before. The audit event is the signature: it holds the digest of
    the text, and the chain it is sealed into holds the event.
    """
    asked = _asked(framework, requirement)
    _refuse_bad(text, days)
    require(actor, ACT, of=service or unit or EVERYWHERE)
    text = text.strip()
    about = _about(service, unit)
    same = Statement.objects.select_for_update().filter(
        framework=framework, requirement=asked.id, about=about
    )
    before = same.order_by("-version").first()
    now = timezone.now()
    same.filter(replaced_at=None).update(replaced_at=now)
    signed = Statement.objects.create(
        framework=framework,
        requirement=asked.id,
        service=service,
        unit=service.unit if service else unit,
        about=about,
        version=before.version + 1 if before else 1,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        signer=actor,
        signer_name=(actor.get_full_name() or actor.get_username())[:200],
        signer_role=_role(actor, service, unit),
        signed_at=now,
        expires_at=now + timedelta(days=days),
    )
    event = _event(signed, "statement.sign", actor.get_username(), after=_facts(signed))
    Statement.objects.filter(pk=signed.pk).update(event=event.pk)
    signed.event = event.pk
    coverage_mark(framework=framework, service=service, unit=signed.unit if service else unit)
    return signed


@transaction.atomic
def statement_withdraw(*, statement: Statement, reason: str, actor: User) -> Statement:
    """Take a statement back, with a reason. It stays readable; the requirement is open again."""
    if not reason.strip():
        raise InvalidInput(
            "reason_missing", _("A withdrawal needs a reason."), _("Say why in a few words.")
        )
    statement = Statement.objects.select_for_update().get(pk=statement.pk)
    require(actor, ACT, of=statement.service or statement.unit or EVERYWHERE)
    if statement.withdrawn_at or statement.replaced_at:
        raise Conflict(
            "statement_over",
            _("This statement is no longer in force."),
            _("Look at the newest version."),
        )
    statement.withdrawn_at = timezone.now()
    statement.withdrawn_by = actor.get_username()[:200]
    statement.withdrawal_reason = reason.strip()
    statement.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawal_reason"])
    _event(
        statement,
        "statement.withdraw",
        actor.get_username(),
        before={"version": statement.version, "text_sha256": statement.text_sha256},
        reason=statement.withdrawal_reason,
    )
    coverage_mark(
        framework=statement.framework,
        service=statement.service,
        unit=None if statement.service else statement.unit,
    )
    return statement


def _asked(framework: str, requirement: str) -> Requirement:
    known = frameworks().get(framework)
    found = known.by_id.get(requirement) if known else None
    if found is None:
        raise InvalidInput(
            "statement_unknown",
            _("There is no requirement %(requirement)s in %(framework)s.")
            % {"requirement": requirement[:40], "framework": framework[:40]},
            _("The page of the framework lists its requirements."),
        )
    if not found.statement:
        raise InvalidInput(
            "statement_not_asked",
            _("%(requirement)s is answered by measurements alone.") % {"requirement": found.id},
            _("Run the checks that it names."),
        )
    return found


def _refuse_bad(text: str, days: int) -> None:
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise InvalidInput(
            "statement_text",
            _("A statement has 1 to %(most)d characters.") % {"most": LONGEST_TEXT},
            _("Say how the requirement is met and where that can be seen."),
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(
            "statement_days",
            _("A statement holds for 1 to %(most)d days.") % {"most": LONGEST_DAYS},
            _("Sign it again when it expires."),
        )


def _about(service: Service | None, unit: BusinessUnit | None) -> str:
    if service is not None:
        return f"service:{service.pk}"
    return f"unit:{unit.pk}" if unit is not None else "organisation"


def _role(actor: User, service: Service | None, unit: BusinessUnit | None) -> str:
    """The role by which the person may sign here; a superuser who holds none signs as that."""
    where = service.unit_id if service else unit.pk if unit else None
    held = [
        grant.role
        for grant in actor.grant_list
        if grant.unit_id in (None, where) and ACT in ACTS.get(grant.role, frozenset())
    ]
    return held[0] if held else "superuser"


def _facts(signed: Statement) -> dict[str, object]:
    return {
        "framework": signed.framework,
        "requirement": signed.requirement,
        "about": signed.about,
        "version": signed.version,
        "text_sha256": signed.text_sha256,
        "signer": signed.signer_name,
        "role": signed.signer_role,
        "signed_at": signed.signed_at.isoformat(),
        "expires_at": signed.expires_at.isoformat(),
    }


def _event(
    signed: Statement,
    act: str,
    actor: str,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> Event:
    return record(
        actor=actor,
        act=act,
        object_type="statement",
        object_id=signed.pk,
        object_text=str(signed),
        before=before,
        after=after,
        reason=reason,
        unit=signed.unit_id,
    )
