"""What keeps the audit trail from being proof, although every row of it may be right.

A trail that nobody verifies any more, and heads that are no longer copied out of the database's reach,
look from outside like a trail in order. Asked by `/readyz` and by the watch over the installation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

import structlog
from django.core.files.storage import storages
from django.utils import timezone
from django.utils.translation import gettext as _

from shield.audit.chains import CHAINS
from shield.audit.heads import STORAGE, SignedHead, published_name
from shield.audit.models import Event, Head, Verification
from shield.audit.selectors import LATE

UNSEEN: Final = timedelta(days=2)
"""The beat verifies once a day: without a verification for longer than this, it does not."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing, by a stable name, and what to do."""

    name: str
    message: str
    hint: str


def lacks(now: datetime | None = None) -> Iterator[Lack]:
    """Everything that is missing at this moment."""
    now = now or timezone.now()
    if _unseen(now):
        yield Lack(
            "verification",
            _("The audit trail has not been verified for more than two days."),
            _("Run python manage.py verify_audit; it says what keeps it from verifying."),
        )
    if chains := _unpublished(now - LATE):
        yield Lack(
            "publishing",
            _("The signed heads of %(chains)s are not published for more than ten minutes.")
            % {"chains": ", ".join(chains)},
            _(
                "Check the folder of published heads; python manage.py seal_audit publishes by hand."
            ),
        )


def _unseen(now: datetime) -> bool:
    """Whether nobody has looked for too long; an installation that is younger is not late."""
    last = Verification.objects.first() or Event.objects.order_by("pk").first()
    return last is not None and last.at < now - UNSEEN


def _unpublished(until: datetime) -> list[str]:
    """The chains of which no head is published that covers what was signed `until` then."""
    known: dict[str, frozenset[str]] = {}
    return [chain for chain in CHAINS if not _is_published(chain, until, known)]


def _is_published(chain: str, until: datetime, known: dict[str, frozenset[str]]) -> bool:
    """Only the newest head of each minute is published, so that any that covers it will do."""
    rows = Head.objects.filter(chain=chain)
    due = rows.filter(at__lte=until).order_by("-position").first()
    if due is None:
        return True
    for row in rows.filter(position__gte=due.position).order_by("-position"):
        path = PurePosixPath(published_name(SignedHead.of(row)))
        day = str(path.parent)
        if day not in known:
            known[day] = _files(day)
        if path.name in known[day]:
            return True
    return False


def _files(day: str) -> frozenset[str]:
    """The names of what was published on a day; none where that cannot be known."""
    try:
        return frozenset(storages[STORAGE].listdir(day)[1])
    except FileNotFoundError:
        return frozenset()
    except Exception as error:  # a storage may fail in any way; each of them is the trouble
        log.warning("audit_heads_unreadable", error=f"{type(error).__name__}: {error}")
        return frozenset()
