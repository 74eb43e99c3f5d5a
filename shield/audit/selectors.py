"""Reading the history, and how the trail stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Model, QuerySet

from shield.audit.chains import CHAINS
from shield.audit.keys import PublicKey, signing_key
from shield.audit.models import Event, Head, Seal, Verification
from shield.audit.sealing import unsealed_count
from shield.common.errors import MissingPrerequisite

LATE: Final = timedelta(minutes=10)
"""An event that is not sealed for longer than this says that the sealer does not run."""


@dataclass(frozen=True, slots=True)
class TrailState:
    """How the audit trail stands. `key` is None where no key is set."""

    heads: tuple[Head, ...]
    unsealed: int
    late: int
    verification: Verification | None
    key: PublicKey | None

    @property
    def sealed(self) -> int:
        """How many events are in the chains."""
        return sum(head.position for head in self.heads)


def events() -> QuerySet[Event]:
    """Every event, the newest first."""
    return Event.objects.all()


def history_of(*objects: Model) -> QuerySet[Event]:
    """What happened to any of these rows, the newest first."""
    found = Event.objects.none()
    for row in objects:
        found = found | Event.objects.filter(
            object_type=row._meta.model_name, object_id=str(row.pk)
        )
    return found


def heads() -> QuerySet[Head]:
    """Every signed head, the newest first."""
    return Head.objects.order_by("-pk")


def last_heads() -> tuple[Head, ...]:
    """The signed end of every chain that has events."""
    found = (Head.objects.filter(chain=chain).order_by("-position").first() for chain in CHAINS)
    return tuple(head for head in found if head is not None)


def head_over(seal: Seal) -> Head | None:
    """The first signed head that covers a seal."""
    covering = Head.objects.filter(chain=seal.chain, position__gte=seal.position)
    return covering.order_by("position").first()


def trail_state() -> TrailState:
    """Chains, last heads, what is not sealed, the last verification, the key."""
    return TrailState(
        heads=last_heads(),
        unsealed=unsealed_count(),
        late=unsealed_count(older_than=LATE),
        verification=Verification.objects.first(),
        key=public_key(),
    )


def public_key() -> PublicKey | None:
    """The key that the heads verify with; None where none is set."""
    try:
        return signing_key().public
    except MissingPrerequisite:
        return None


def last_change(row: Model) -> str:
    """ "mira changed it last: service.change at …" for whoever comes second; "" when nobody did."""
    event = history_of(row).order_by("-id").first()
    if event is None:
        return ""
    return f"{event.actor} was the last: {event.act} at {event.at:%Y-%m-%d %H:%M:%S} UTC."
