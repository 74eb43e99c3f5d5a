"""What people do with their own messages. Nobody else's are within reach."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Final
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from shield.accounts.models import User
from shield.audit.services import record
from shield.common.errors import InvalidInput
from shield.notify.channels import PERSONAL
from shield.notify.choices import ABOUT, Attention, Kind, Rhythm
from shield.notify.models import Attending, Preference
from shield.notify.selectors import notifications_of

ATTENDABLE: Final = ("service", "finding")


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants to be told. `chosen`: channel → kind → whether."""

    chosen: Mapping[str, Mapping[str, bool]]
    email_rhythm: str
    digest_hour: int
    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    critical_passes: bool


def notifications_read(*, user: User, ids: Collection[int] | None = None, read: bool = True) -> int:
    """Mark messages as read (or unread): those of `ids`, or all. How many changed."""
    rows = notifications_of(user).filter(read_at__isnull=read)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return rows.update(read_at=timezone.now() if read else None)


@transaction.atomic
def preference_set(*, user: User, wishes: Wishes) -> Preference:
    """Keep how somebody wants to be told; what is as usual is not kept. InvalidInput names what is wrong."""
    _refuse_impossible(wishes)
    row, _new = Preference.objects.get_or_create(user=user)
    before = _facts(row)
    row.chosen = _differing(wishes.chosen)
    row.email_rhythm, row.digest_hour = wishes.email_rhythm, wishes.digest_hour
    row.time_zone = wishes.time_zone
    row.quiet_from, row.quiet_until = wishes.quiet_from, wishes.quiet_until
    row.critical_passes = wishes.critical_passes
    row.save()
    if _facts(row) != before:
        _event(user, "account.notifications", user, before=before, after=_facts(row))
    return row


@transaction.atomic
def email_stop(*, user: User, kind: str = "") -> None:
    """No more mail about this kind, or about anything: what the link in a mail does."""
    row, _new = Preference.objects.select_for_update().get_or_create(user=user)
    before = _facts(row)
    off = [kind] if kind else list(Kind.values)
    email = {**row.chosen.get("email", {}), **dict.fromkeys(off, False)}
    row.chosen = _differing({**row.chosen, "email": email})
    row.save(update_fields=["chosen", "updated_at"])
    _event(user, "account.notifications", user, before=before, after=_facts(row))


@transaction.atomic
def attention_set(*, user: User, target: Model, attention: str) -> None:
    """Follow or mute a service or finding; an empty `attention` ends it. Idempotent."""
    kind = str(target._meta.model_name)
    if kind not in ATTENDABLE or (attention and attention not in Attention.values):
        raise InvalidInput(
            "notify.attention",
            _("Only services and findings can be followed or muted."),
            _("Use follow, mute or nothing."),
        )
    key = str(target.pk)
    if not attention:
        Attending.objects.filter(user=user, object_type=kind, object_id=key).delete()
        return
    Attending.objects.update_or_create(
        user=user, object_type=kind, object_id=key, defaults={"attention": attention}
    )


def _facts(row: Preference) -> dict[str, object]:
    """The preferences as an event keeps them."""
    return {
        "chosen": row.chosen,
        "email_rhythm": str(row.email_rhythm),
        "digest_hour": row.digest_hour,
        "time_zone": row.time_zone,
        "quiet": [str(row.quiet_from or ""), str(row.quiet_until or "")],
        "critical_passes": row.critical_passes,
    }


def usual(*, channel: str, kind: str) -> bool:
    """Whether a kind comes by a channel to somebody who has chosen nothing."""
    return ABOUT[kind].email if channel == "email" else True


def _differing(chosen: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, bool]]:
    kept = {
        channel: {
            kind: bool(on)
            for kind, on in kinds.items()
            if kind in Kind.values and bool(on) != usual(channel=channel, kind=kind)
        }
        for channel, kinds in chosen.items()
        if channel in PERSONAL
    }
    return {channel: kinds for channel, kinds in kept.items() if kinds}


def _refuse_impossible(wishes: Wishes) -> None:
    problems = []
    if wishes.email_rhythm not in Rhythm.values:
        problems.append(_("E-mail comes at once or once a day."))
    if not 0 <= wishes.digest_hour <= 23:
        problems.append(_("The hour is 0 to 23."))
    if wishes.time_zone not in available_timezones():
        problems.append(_("There is no time zone of this name."))
    if (wishes.quiet_from is None) != (wishes.quiet_until is None):
        problems.append(_("Quiet hours need a beginning and an end."))
    if problems:
        raise InvalidInput("notify.preference", " ".join(problems), _("Correct it and save again."))


def _event(
    user: User, act: str, target: User, *, before: dict[str, object], after: dict[str, object]
) -> None:
    record(
        actor=user.get_username(),
        act=act,
        object_type="user",
        object_id=target.pk,
        object_text=str(target),
        before=before,
        after=after,
    )
