"""Webhooks as administrators manage them. Every change is an event; secrets are shown once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shield.accounts.models import BusinessUnit
from shield.audit.services import record
from shield.common import outbound
from shield.common.errors import Conflict, InvalidInput
from shield.notify.channels.webhook import NAME
from shield.notify.channels.webhook.signing import new_secret
from shield.notify.choices import DeliveryState, Format
from shield.notify.models import Delivery, Endpoint
from shield.notify.secrets import sealed

OVERLAP: Final = timedelta(hours=24)
"""How long the old secret signs beside the new one."""
MOST_ACTS: Final = 50
_ACT: Final = re.compile(r"[a-z_*]+(\.[a-z_*]+)?")


@dataclass(frozen=True, slots=True)
class Terms:
    """What an administrator says of a webhook."""

    name: str
    url: str
    acts: Sequence[str]
    format: str = Format.SHIELD


def endpoint_create(*, terms: Terms, unit: BusinessUnit | None, actor: str) -> tuple[Endpoint, str]:
    """A webhook of a unit, or of everything (None), and its secret, which is only in this answer.

    Raises Refused for an address that the product does not go to, InvalidInput for the rest.
    """
    _refuse_impossible(terms)
    secret = new_secret()
    with transaction.atomic():
        row = Endpoint.objects.create(
            name=terms.name.strip(), url=terms.url, acts=list(terms.acts), format=terms.format,
            unit=unit, secret=sealed(secret), created_by=actor[:200],
        )  # fmt: skip
        _event(row, "webhook.create", actor, after=_facts(row))
    return row, secret


def endpoint_change(
    *, endpoint: Endpoint, terms: Terms, actor: str, seen: str | None = None
) -> Endpoint:
    """Another name, address, choice of events or format. `seen`: the `updated_at` that was edited."""
    _refuse_impossible(terms)
    return _changed(endpoint, terms, actor, seen)


@transaction.atomic
def _changed(endpoint: Endpoint, terms: Terms, actor: str, seen: str | None) -> Endpoint:
    row = _locked(endpoint)
    _refuse_stale(row, seen)
    before = _facts(row)
    row.name, row.url, row.format = terms.name.strip(), terms.url, terms.format
    row.acts = list(terms.acts)
    if _facts(row) == before:
        return row
    row.failures, row.paused_until = 0, None
    row.save()
    _event(row, "webhook.change", actor, before=before, after=_facts(row))
    return row


@transaction.atomic
def endpoint_switch(*, endpoint: Endpoint, active: bool, actor: str, reason: str = "") -> Endpoint:
    """Switch a webhook off (what waits for it is dropped) or on again. Idempotent."""
    row = _locked(endpoint)
    if row.active == active:
        return row
    row.active, row.failures, row.paused_until = active, 0, None
    row.save()
    if not active:
        waiting = Delivery.objects.filter(endpoint=row, state=DeliveryState.PENDING)
        waiting.update(
            state=DeliveryState.DROPPED, done_at=timezone.now(), error="the webhook is switched off"
        )
    _event(row, "webhook.switch", actor, after={"active": active}, reason=reason)
    return row


@transaction.atomic
def endpoint_rotate(*, endpoint: Endpoint, actor: str) -> tuple[Endpoint, str]:
    """A new secret, shown once; for a day the old one signs beside it."""
    row = _locked(endpoint)
    secret = new_secret()
    row.old_secret, row.old_secret_until = row.secret, timezone.now() + OVERLAP
    row.secret = sealed(secret)
    row.save()
    _event(row, "webhook.rotate", actor, after={"old_until": row.old_secret_until.isoformat()})
    return row, secret


@transaction.atomic
def endpoint_ping(*, endpoint: Endpoint, actor: str) -> Delivery:
    """A delivery that says nothing, to try the address with."""
    if not endpoint.active:
        raise Conflict("webhook.off", _("The webhook is switched off."), _("Switch it on first."))
    Endpoint.objects.filter(pk=endpoint.pk).update(paused_until=None)
    made = Delivery.objects.create(
        channel=NAME, endpoint=endpoint, act="ping", due_at=timezone.now()
    )
    _event(endpoint, "webhook.ping", actor, after={"delivery": str(made.pk)})
    return made


@transaction.atomic
def deliveries_replay(
    *, endpoint: Endpoint, actor: str, ids: Collection[UUID] | None = None
) -> int:
    """Send again: these deliveries, or (None) all that were given up. How many.

    They keep their ids, so that a receiver that has one already knows it.
    """
    if not endpoint.active:
        raise Conflict("webhook.off", _("The webhook is switched off."), _("Switch it on first."))
    rows = Delivery.objects.filter(endpoint=endpoint).exclude(state=DeliveryState.PENDING)
    rows = rows.filter(pk__in=ids) if ids is not None else rows.filter(state=DeliveryState.DEAD)
    total = rows.update(
        state=DeliveryState.PENDING, due_at=timezone.now(), attempts=0, done_at=None, error="",
        claim=None, lease_until=None,
    )  # fmt: skip
    if total:
        Endpoint.objects.filter(pk=endpoint.pk).update(paused_until=None)
        _event(endpoint, "webhook.replay", actor, after={"deliveries": total})
    return total


def _refuse_impossible(terms: Terms) -> None:
    """Looks the address up: to be asked before a transaction begins, so that nobody waits for it."""
    outbound.refuse_inside(terms.url)
    problems = []
    if not terms.name.strip() or len(terms.name) > 100 or not terms.name.isprintable():
        problems.append(_("It needs a name of at most 100 characters."))
    wrong = [act for act in terms.acts if len(act) > 60 or not _ACT.fullmatch(act)]
    if not terms.acts or len(terms.acts) > MOST_ACTS:
        problems.append(_("Choose 1 to 50 patterns of events."))
    if wrong:
        problems.append(_("Not a pattern of events: %(wrong)s.") % {"wrong": ", ".join(wrong[:5])})
    if terms.format not in Format.values:
        problems.append(_("There is no such format."))
    if problems:
        raise InvalidInput(
            "webhook.terms", " ".join(problems), _("Patterns look like finding.* or run.finish.")
        )


def _refuse_stale(row: Endpoint, seen: str | None) -> None:
    if seen is None or seen == row.updated_at.isoformat():
        return
    raise Conflict(
        "webhook.changed",
        _("The webhook was changed meanwhile."),
        _("Look at it as it is now, then change it again. Nothing was changed."),
    )


def _locked(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.select_for_update(of=("self",)).select_related("unit").get(
        pk=endpoint.pk
    )  # fmt: skip


def _facts(row: Endpoint) -> dict[str, object]:
    terms = Terms(row.name, _told(row.url), row.acts, str(row.format))
    return {**asdict(terms), "unit": row.unit.slug if row.unit else "everywhere"}


def _told(url: str) -> str:
    """The host, and by which digest another address differs: whoever knows the address of a chat's
    webhook may write there, and the trail is read by many."""
    where = outbound.target(url)
    digest = hashlib.sha256(url.encode()).hexdigest()
    return f"https://{where.authority}/… ({digest[:12]})"


def _event(
    row: Endpoint,
    act: str,
    actor: str,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    record(
        actor=actor,
        act=act,
        object_type="endpoint",
        object_id=row.pk,
        object_text=str(row),
        before=before,
        after=after,
        reason=reason,
        unit=row.unit_id,
    )
