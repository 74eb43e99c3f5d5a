"""What an administrator must hear although nobody did anything: parts of the installation that stand still.

Asked every few minutes by the worker of short tasks. When that worker or the beat itself is gone,
nobody asks: `/readyz` and the metrics are for that, and so they are when the outbox itself stands still,
by which these messages travel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from shield.audit.sealing import unsealed_count
from shield.audit.selectors import LATE
from shield.audit.services import record
from shield.audit.watching import lacks
from shield.notify.choices import DeliveryState
from shield.notify.models import Delivery, Reminder, SetAside
from shield.notify.outbox import waiting
from shield.records.choices import RunState
from shield.records.models import Run

UNHEARD: Final = timedelta(minutes=30)
BEHIND: Final = 50_000

Problem = tuple[str, str]  # a stable name, a sentence


def watch(now: datetime | None = None) -> list[str]:
    """Record an event for every problem, at most once a day each; the names of those recorded."""
    now = now or timezone.now()
    return [name for look in LOOKS for name, said in look(now) if _tell(name, said, now)]


def _tell(name: str, said: str, now: datetime) -> bool:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    row = {"object_type": "operations", "object_id": name, "deadline": day, "stage": "trouble"}
    if Reminder.objects.filter(**row).exists():
        return False
    try:
        with transaction.atomic():
            Reminder.objects.create(**row)
            record(
                actor="system",
                act="operations.trouble",
                object_type="operations",
                object_id=name,
                object_text=said,
                after={"problem": said},
            )
    except IntegrityError:  # another beat was faster
        return False
    return True


def _sealing(now: datetime) -> Iterator[Problem]:
    late = unsealed_count(older_than=LATE)
    if late:
        yield "sealing", _("%(count)s events of the audit trail are not sealed.") % {"count": late}


def _trail(now: datetime) -> Iterator[Problem]:
    """Nobody verifies the audit trail, or its heads do not leave the database."""
    for lack in lacks(now):
        yield lack.name, lack.message


def _workers(now: datetime) -> Iterator[Problem]:
    """A run that waits while none is running: nobody takes runs."""
    old = Run.objects.filter(state=RunState.QUEUED, queued_at__lt=now - UNHEARD)
    if old.exists() and not Run.objects.filter(state=RunState.RUNNING).exists():
        yield "worker", _("Runs wait for more than 30 minutes and no worker takes them.")


def _outbox(now: datetime) -> Iterator[Problem]:
    behind = max(waiting("people"), waiting("webhooks"))
    if behind > BEHIND:
        yield "outbox", _("%(count)s events wait to be told.") % {"count": behind}
    aside = SetAside.objects.count()
    if aside:
        yield "aside", _("%(count)s events could not be told because of a bug.") % {"count": aside}


def _mail(now: datetime) -> Iterator[Problem]:
    dead = Delivery.objects.filter(
        channel="email", state=DeliveryState.DEAD, done_at__gt=now - timedelta(days=1)
    ).count()
    if dead:
        yield "mail", _("%(count)s e-mails of the last day could not be sent.") % {"count": dead}


LOOKS: Final[tuple[Callable[[datetime], Iterator[Problem]], ...]] = (
    _sealing,
    _trail,
    _workers,
    _outbox,
    _mail,
)
