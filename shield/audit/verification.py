"""Recomputing the chains: is the audit trail what was sealed and signed, and if not, which row is not?

Read like a stranger would: seals in the order of their positions, each with its event, in pages, so
that a million events need no more memory than a thousand. Found are

* an event that was altered or removed, and a seal that was altered, removed, inserted or moved: the
  digest recomputed from the event and the digest before it is not the one that is kept;
* seals that nobody with the key made: they lie behind the last signed head;
* a head that was altered or does not agree with the chain;
* a tail that was cut off together with its heads, or a chain that was written anew: a published head
  names a position that is not there, or another digest.

An event that is not sealed yet is no break; neither is an id that is not there. What no chain of
digests can tell is said as a warning: an event that was written long before it was sealed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import connection

from shield.audit.chains import CHAINS, origin
from shield.audit.digests import FIELDS, link, moment
from shield.audit.heads import SignedHead, published
from shield.audit.keys import PublicKey, trusted_keys
from shield.audit.models import Head, Seal
from shield.audit.sealing import unsealed_count

PAGE: Final = 5_000
LATE: Final = timedelta(hours=1)
LISTED: Final = 20
"""Warnings of one kind that a report names one by one."""

_AT: Final = FIELDS.index("at")
_EVENT: Final = ", ".join(f'e."{name}"' for name in FIELDS)


@dataclass(frozen=True, slots=True)
class Break:
    """The first row of a chain that is not what was sealed. `kind` is for programs."""

    chain: str
    position: int
    event: int | None
    kind: str
    message: str

    def as_json(self) -> dict[str, object]:
        """For reports."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class ChainReport:
    """What one chain came to."""

    chain: str
    start: int = 0
    events: int = 0
    heads: int = 0
    published: int = 0
    last: SignedHead | None = None
    broken: Break | None = None
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """For reports."""
        last = self.last
        return {
            "chain": self.chain,
            "from": self.start + 1,
            "events": self.events,
            "heads": self.heads,
            "published_heads": self.published,
            "last_head": last and {"position": last.position, "at": last.at, "digest": last.digest},
            "broken": self.broken and self.broken.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found."""

    chains: tuple[ChainReport, ...]
    unsealed: int
    warnings: tuple[str, ...]

    @property
    def broken(self) -> Break | None:
        """The break with the lowest event (a break without event counts as the last)."""
        found = [chain.broken for chain in self.chains if chain.broken is not None]
        return min(found, key=lambda each: (each.event is None, each.event or 0), default=None)

    @property
    def events(self) -> int:
        """How many events were recomputed."""
        return sum(chain.events for chain in self.chains)

    def as_json(self) -> dict[str, object]:
        """The report for programs; additive changes only."""
        broken = self.broken
        return {
            "shield_audit": 1,
            "intact": broken is None,
            "events": self.events,
            "unsealed": self.unsealed,
            "broken": broken and broken.as_json(),
            "chains": [chain.as_json() for chain in self.chains],
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class _Page:
    """The heads that a chain must agree with, by position, and the keys that may have signed them."""

    kept: Mapping[int, SignedHead]
    published: Mapping[int, list[tuple[str, SignedHead]]]
    keys: Mapping[str, PublicKey]


def verify(*, heads: Path | None = None, since: datetime | None = None) -> Report:
    """Recompute every chain; with `since`, from the last head that was signed before it.

    `heads` is a folder with published heads; without it, those of the storage count. Raises
    MissingPrerequisite when there is no key, InvalidInput when a published file is no head.
    """
    keys = trusted_keys()
    begin = moment(since) if since else ""
    copies: dict[str, dict[int, list[tuple[str, SignedHead]]]] = {}
    for name, head in published(heads, since=begin):
        copies.setdefault(head.chain, {}).setdefault(head.position, []).append((name, head))
    names = {*CHAINS, *copies}
    names |= set(Seal.objects.order_by().values_list("chain", flat=True).distinct())
    names |= set(Head.objects.order_by().values_list("chain", flat=True).distinct())
    chains = tuple(_chain(name, copies.get(name, {}), keys, since) for name in sorted(names))
    unsealed = unsealed_count(thorough=True)
    warnings = [f"{chain.chain}: {text}" for chain in chains for text in chain.warnings]
    return Report(chains=chains, unsealed=unsealed, warnings=tuple(warnings))


def _chain(
    name: str,
    copies: Mapping[int, list[tuple[str, SignedHead]]],
    keys: Mapping[str, PublicKey],
    since: datetime | None,
) -> ChainReport:
    rows = Head.objects.filter(chain=name).order_by("position")
    report = ChainReport(name)
    digest = origin(name)
    if since is not None:
        first = rows.filter(at__lte=since).last()
        if first is not None:
            report.start, digest = first.position, first.digest
            rows = rows.filter(position__gte=first.position)
    kept = {row.position: SignedHead.of(row) for row in rows.iterator(chunk_size=2_000)}
    copies = {place: found for place, found in copies.items() if place >= report.start}
    report.heads, report.published = len(kept), sum(map(len, copies.values()))
    report.broken = _walk(report, digest, _Page(kept, copies, keys))
    report.last = kept[max(kept)] if kept else None
    return report


def _walk(report: ChainReport, digest: str, page: _Page) -> Break | None:
    """Follow the chain to its end; the first thing that is wrong."""
    chain, position, highest = report.chain, report.start, 0
    limit = max(page.kept, default=0)  # what is sealed from now on is the next verification's
    sealed_until = ""  # when the head before the present position was signed
    if position:
        found = _heads_at(chain, position, None, digest, page)
        if found is not None:
            return found
        sealed_until = page.kept[position].at
    for seal in _seals(chain, position, limit):
        place, event, kept_digest = seal[:3]
        position += 1
        broken = _link_break(chain, position, seal, digest)
        if broken is not None:
            return broken
        digest = kept_digest
        report.events += 1
        _times(report, position, seal, highest, sealed_until)
        highest = max(highest, event)
        if place in page.kept or place in page.published:
            found = _heads_at(chain, position, event, digest, page)
            if found is not None:
                return found
            if place in page.kept:
                sealed_until = page.kept[place].at
    return _tail(chain, position, page)


def _seals(chain: str, after: int, limit: int) -> Iterator[tuple]:
    """(position, event, digest, previous, *the event's columns) in order; a missing event is None."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT s.position, s.event, s.digest, s.previous, {_EVENT} "  # noqa: S608
                "FROM audit_seal s LEFT JOIN audit_event e ON e.id = s.event "
                "WHERE s.chain = %s AND s.position > %s AND s.position <= %s "
                "ORDER BY s.position, s.id LIMIT %s",
                [chain, after, limit, PAGE],
            )
            rows = cursor.fetchall()
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


def _link_break(chain: str, position: int, seal: tuple, before: str) -> Break | None:
    """What is wrong with one link, given the digest before it."""
    place, event, digest, previous, *columns = seal
    if place != position:
        return Break(
            chain, position, None, "seal_missing",
            f"the seal of position {position} is not there; the next is {place} (event {event})",
        )  # fmt: skip
    if columns[0] is None:
        return Break(
            chain, position, event, "event_missing", f"event {event} was sealed and is not there"
        )
    computed = link(previous, columns)
    if previous != before:
        return Break(
            chain, position, event, "link_broken",
            f"it does not continue the digest of position {position - 1}: {_differs(before, previous)}",
        )  # fmt: skip
    if computed == digest:
        return None
    if _next_previous(chain, position) == computed:
        return Break(
            chain, position, event, "seal_altered",
            f"the seal's digest was altered: {_differs(computed, digest)}",
        )  # fmt: skip
    return Break(
        chain, position, event, "event_altered",
        f"event {event} is not what was sealed: {_differs(digest, computed)}",
    )  # fmt: skip


def _next_previous(chain: str, position: int) -> str | None:
    return (
        Seal.objects.filter(chain=chain, position=position + 1)
        .values_list("previous", flat=True)
        .first()
    )


def _differs(expected: str, found: str) -> str:
    return f"expected {str(expected)[:16]}…, found {str(found)[:16]}…"


def _heads_at(
    chain: str, position: int, event: int | None, digest: str, page: _Page
) -> Break | None:
    """What is wrong with the heads of one position: signature, then digest."""
    found = [("the signed head", page.kept[position])] if position in page.kept else []
    found += [
        (f"the published head {name}", head) for name, head in page.published.get(position, ())
    ]
    for name, head in found:
        trouble = _head_trouble(name, head, digest, page)
        if trouble is not None:
            return Break(chain, position, event, *trouble)
    return None


def _head_trouble(name: str, head: SignedHead, digest: str, page: _Page) -> tuple[str, str] | None:
    """(kind, message) of what is wrong with one head, given the digest of its position."""
    key = page.keys.get(head.key_id)
    if key is None:
        return "head_key", f"{name} is signed with a key that is not trusted ({head.key_id})"
    if not key.verifies(head.signature, head.message()):
        return "head_signature", f"{name} does not bear its signature"
    if head.digest != digest:
        differs = _differs(head.digest, digest)
        return "head_digest", f"{name} says otherwise: {differs}; the chain was written anew"
    return None


def _tail(chain: str, end: int, page: _Page) -> Break | None:
    """Nothing may lie behind the last signed head, and no head behind the end of the chain."""
    beyond = sorted(place for place in {*page.kept, *page.published} if place > end)
    if beyond:
        names = [name for name, _ in page.published.get(beyond[-1], ())] or ["a signed head"]
        return Break(
            chain, end + 1, None, "truncated",
            f"the chain ends at position {end}, but {names[0]} names position {beyond[-1]}",
        )  # fmt: skip
    last = Seal.objects.filter(chain=chain).order_by("-position").first()
    newest = Head.objects.filter(chain=chain).order_by("-position").first()  # read after the seal
    signed = newest.position if newest else 0
    if last is not None and last.position > signed:
        first = Seal.objects.filter(chain=chain, position__gt=signed).order_by("position").first()
        return Break(
            chain, signed + 1, first.event if first else None, "not_signed",
            f"positions {signed + 1} to {last.position} lie behind the last signed head",
        )  # fmt: skip
    return None


def _times(
    report: ChainReport, position: int, seal: tuple, highest: int, sealed_until: str
) -> None:
    """A warning for an event that came long after it says it was written, behind later ones."""
    event, at = seal[1], seal[4 + _AT]
    if event >= highest or not sealed_until or len(report.warnings) > LISTED:
        return
    late = datetime.fromisoformat(sealed_until) - datetime.fromisoformat(moment(at))
    if late <= LATE:
        return
    report.warnings.append(
        f"event {event} (position {position}) says {moment(at)}, but was sealed after "
        f"{sealed_until}, behind later events: a very long transaction, or a row put in afterwards"
        if len(report.warnings) < LISTED
        else "… and more like it"
    )
