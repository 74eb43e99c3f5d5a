"""The one sealer: chains the events that have no seal yet, and signs the new ends.

Events are inserted unsealed, so that an act never waits for another. Every few seconds one sealer
takes those that it can see, in order of their ids, and gives each the next position of its chain.
Seals and signed heads of a batch are one transaction: after a crash in the middle nothing of it is
there and the next round does it again.

* *Two sealers at once.* PostgreSQL: an advisory lock of the transaction, which the second does not
  wait for. SQLite: transactions begin IMMEDIATE, so that the second starts when the first has
  committed. Behind both, unique constraints let no event and no position be sealed twice.
* *An event that commits late* has a lower id than events that are sealed already. It is taken by a
  later round and stands at the end of its chain: the chain is the order of sealing, not of ids. A
  round looks at everything above the highest sealed id, and below it at the events of the last hour;
  a thorough round (once an hour) looks at all.
* *Gaps in ids* are what rolled-back transactions leave. They mean nothing; positions have no gaps.
* *Clocks* decide nothing: the order is that of ids and rounds. Times are sealed as they were written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from shield.audit.chains import CHAINS, chain_of, origin
from shield.audit.digests import FIELDS, link
from shield.audit.heads import SignedHead, publish, sign
from shield.audit.keys import PublicKey, signing_key, trusted_keys
from shield.audit.models import Event, Head, Seal
from shield.common.errors import Conflict

BATCH: Final = 5_000
"""Events a transaction: SQLite's other writers wait for about a quarter of a second at most."""
RECENT: Final = timedelta(hours=1)
"""How long an open transaction may hold back an event before only a thorough round finds it."""
LOCK: Final = 7_402_117_310_550_142_001
"""PostgreSQL's advisory lock of the sealer; any number that nothing else uses."""

_ACT: Final = FIELDS.index("act")
_COLUMNS: Final = ", ".join(f'e."{name}"' for name in FIELDS)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a round did; `busy` when another sealer was at work."""

    events: int = 0
    heads: int = 0
    busy: bool = False


def seal(*, thorough: bool = False, batch: int = BATCH) -> Sealed:
    """Seal everything that is there, batch by batch."""
    events = heads = 0
    if not _unsealed(thorough, 1):
        return (
            Sealed()
        )  # looked without a transaction: an idle round keeps no writer of SQLite waiting
    while True:
        done = _seal_batch(thorough, batch)
        events, heads = events + done.events, heads + done.heads
        if done.busy or done.events < batch:
            return Sealed(events, heads, busy=done.busy)


def publish_heads() -> int:
    """Publish the newest head of every chain where it is not published yet; how many were."""
    newest = [Head.objects.filter(chain=chain).order_by("-position").first() for chain in CHAINS]
    return sum(publish(SignedHead.of(head)) for head in newest if head is not None)


@transaction.atomic
def _seal_batch(thorough: bool, batch: int) -> Sealed:
    if not _only_one():
        return Sealed(busy=True)
    rows = _unsealed(thorough, batch)
    if not rows:
        return Sealed()
    chains, keys = [chain_of(str(row[_ACT])) for row in rows], trusted_keys()
    ends = {chain: _end(chain, keys) for chain in set(chains)}
    seals = []
    for row, chain in zip(rows, chains, strict=True):
        position, previous = ends[chain]
        digest = link(previous, row)
        seals.append(
            Seal(chain=chain, position=position + 1, event=row[0], digest=digest, previous=previous)
        )
        ends[chain] = (position + 1, digest)
    Seal.objects.bulk_create(seals, batch_size=1_000)
    key, now = signing_key(), timezone.now()
    Head.objects.bulk_create(
        [
            sign(key, chain=chain, position=position, digest=digest, at=now)
            for chain, (position, digest) in ends.items()
        ]
    )
    return Sealed(events=len(rows), heads=len(ends))


def _only_one() -> bool:
    """True when this transaction is the sealer. SQLite has let only one in already."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _end(chain: str, keys: Mapping[str, PublicKey]) -> tuple[int, str]:
    """(position, digest) of the chain's last seal.

    Raises Conflict when that end does not bear a signature: what the sealer did not make itself must
    not become true by its signature on what comes behind.
    """
    seal = Seal.objects.filter(chain=chain).order_by("-position").first()
    row = Head.objects.filter(chain=chain).order_by("-position").first()
    if seal is None and row is None:
        return 0, origin(chain)
    head = SignedHead.of(row) if row is not None else None
    if (
        seal is None
        or head is None
        or (head.position, head.digest) != (seal.position, seal.digest)
        or head.key_id not in keys
        or not keys[head.key_id].verifies(head.signature, head.message())
    ):
        raise Conflict(
            "audit.not_signed",
            f"The end of the chain {chain} is not signed with a trusted key; nothing is sealed.",
            "python manage.py verify_audit says what is wrong. After a change of the key, name the "
            "old public key in SHIELD_AUDIT_OLD_KEYS.",
        )
    return seal.position, seal.digest


def _unsealed(thorough: bool, batch: int) -> list[tuple[Any, ...]]:
    """The next events without a seal, in order of their ids, as the driver returns them."""
    where, arguments = _candidates(thorough)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM audit_event e WHERE {where} "  # noqa: S608  (constants)
            "AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.event = e.id) "
            "ORDER BY e.id LIMIT %s",
            [*arguments, batch],
        )
        return cursor.fetchall()


def _candidates(thorough: bool) -> tuple[str, list[Any]]:
    """The condition that narrows where unsealed events can be."""
    last = Seal.objects.aggregate(last=Max("event"))["last"]
    if thorough or last is None:
        return "TRUE", []
    since = timezone.now() - RECENT
    at = connection.ops.adapt_datetimefield_value(since)
    return "(e.id > %s OR e.at > %s)", [last, at]


def unsealed_count(*, older_than: timedelta = timedelta(0), thorough: bool = False) -> int:
    """How many events have no seal, of those that were written at least `older_than` ago."""
    where, arguments = _candidates(thorough)
    at = connection.ops.adapt_datetimefield_value(timezone.now() - older_than)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM audit_event e WHERE {where} AND e.at <= %s "  # noqa: S608
            "AND NOT EXISTS (SELECT 1 FROM audit_seal s WHERE s.event = e.id)",
            [*arguments, at],
        )
        return int(cursor.fetchone()[0])


def unsealed_ids(events: Sequence[Event]) -> set[int]:
    """Which of these events have no seal yet."""
    ids = [event.pk for event in events]
    return set(ids) - set(Seal.objects.filter(event__in=ids).values_list("event", flat=True))
