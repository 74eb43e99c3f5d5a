"""One change of a finding by a person, a run or the calendar, written with all its traces.

An act (see `acts`, `acceptance`, `claims`, `effects`) only says what changes; `write` writes any
number of such changes with a number of statements that does not grow with each of them. So one form,
a bulk act of a thousand and the import of ten thousand failures take the same path.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.db import connection, transaction
from django.db.models import Field, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from shield.accounts.models import User
from shield.audit.services import Draft, record_all
from shield.common.errors import Conflict
from shield.findings.choices import ClockResult, TimelineAct
from shield.findings.models import Clock, Finding, TimelineEntry
from shield.registry.changes import SERVICE_CHANGED

SYSTEM = "system"
"""The actor of what the calendar does."""

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """An event to be: its object is known only when the rows are written."""

    act: str
    of: Model | None
    before: Facts | None
    after: Facts | None
    reason: str


@dataclass
class Change:
    """What happens to one (locked or new) finding: its fields, timeline, events and other rows."""

    finding: Finding
    actor: str
    at: datetime
    fields: set[str] = field(default_factory=set)
    entries: list[TimelineEntry] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    made: list[Model] = field(default_factory=list)
    rows: list[tuple[Model, tuple[str, ...]]] = field(default_factory=list)
    clock: dict[str, object] = field(default_factory=dict)

    def set(self, **values: object) -> None:
        """Set fields of the finding; what has the value already is not written."""
        for name, value in values.items():
            column = _columns()[name]
            key = value.pk if isinstance(value, Model) else value  # never loads what it compares
            if getattr(self.finding, column) != key:
                setattr(self.finding, name, value)
                self.fields.add(name)

    def decided(self) -> None:
        """A decision covers the finding from now on; one that covers it already keeps its date."""
        if self.finding.decided_at is None:
            self.set(decided_at=self.at)
            self.clock["decided_at"] = self.at

    def undecided(self) -> None:
        """No decision covers the finding any more: it is due as it was."""
        self.set(decided_at=None)
        self.clock["decided_at"] = None

    def update(self, row: Model, **values: object) -> None:
        """Set fields of another row that exists already."""
        for name, value in values.items():
            setattr(row, name, value)
        self.rows.append((row, tuple(sorted(values))))

    def tell(
        self,
        act: TimelineAct,
        *,
        reason: str = "",
        note: str = "",
        before: str | None = None,
        **more: object,
    ) -> None:
        """Add an entry to the timeline; `before` is the state that was left ("": it is new)."""
        self.entries.append(
            TimelineEntry(
                finding=self.finding,
                actor=self.actor[:200],
                act=act,
                from_state=before or "",
                to_state="" if before is None else self.finding.state,
                reason=reason,
                note=note,
                **more,
            )
        )

    def audit(
        self,
        act: str,
        *,
        of: Model | None = None,
        before: Facts | None = None,
        after: Facts | None = None,
        reason: str = "",
    ) -> None:
        """Add an event; `of` is the decision that it is about, where it is not the finding itself."""
        self.told.append(Told(act, of, before, after, reason))

    def drafts(self) -> list[Draft]:
        """The events, once every row has its number."""
        finding = self.finding
        return [
            Draft(
                actor=self.actor,
                act=told.act,
                object_type="finding",
                object_id=finding.pk,
                object_text=str(finding),
                before=told.before,
                after=_with_label(told),
                reason=told.reason,
                unit=finding.unit_id,
            )
            for told in self.told
        ]


Act = Callable[[Finding, User], Change]


@cache
def _columns() -> dict[str, str]:
    """The attribute that holds each field's own value: the key, for a foreign key."""
    return {each.name: each.attname for each in Finding._meta.concrete_fields}


def locked(keys: Collection[int]) -> list[Finding]:
    """The findings, locked for the transaction, in the order of their keys."""
    rows = Finding.objects.select_for_update(of=("self",))
    related = rows.select_related("service", "assignee", "measurement__check_record")
    return list(related.filter(pk__in=list(keys)).order_by("pk"))


@transaction.atomic
def apply(*, finding: Finding, actor: User, act: Act, seen: str | None) -> Change:
    """Lock one finding, see that nobody was faster, and do one act of a person."""
    (row,) = locked([finding.pk])
    refuse_stale(row, seen)
    change = act(row, actor)
    save([change])
    return change


def refuse_stale(finding: Finding, seen: str | None) -> None:
    """Conflict when somebody changed the finding after the state `seen`; None asks for no check."""
    if seen is None or _moment(seen) == finding.updated_at:
        return
    last = finding.timeline.exclude(act=TimelineAct.COMMENT).order_by("-id").first()
    facts = {
        "label": finding.label,
        "what": last.get_act_display() if last else "?",
        "who": last.actor if last else SYSTEM,
        "when": f"{finding.updated_at:%Y-%m-%d %H:%M:%S}",
    }
    raise Conflict(
        "finding_changed",
        _("%(label)s was changed meanwhile: %(what)s, by %(who)s, %(when)s UTC.") % facts,
        _("Look at the finding as it is now, then decide again. Nothing was changed."),
    )


def _moment(seen: str) -> datetime | None:
    """The moment that a token names, as a page or as the API writes it; None for anything else."""
    try:
        return datetime.fromisoformat(seen)
    except ValueError:
        return None


def save(changes: Sequence[Change]) -> None:
    """Write the changes, and tell whoever keeps figures about their services."""
    write(changes)
    SERVICE_CHANGED.tell({each.finding.service_id for each in changes if each.fields})


def write(changes: Sequence[Change]) -> None:
    """Write changes of different findings: rows, timeline and events."""
    if not changes:
        return
    new = [each.finding for each in changes if each.finding.pk is None]
    old = [each for each in changes if each.finding.pk is not None]
    Finding.objects.bulk_create(new, batch_size=500)
    _write_findings([each for each in old if each.fields])
    _write_rows(changes)
    _write_clocks(old)
    entries = [entry for each in changes for entry in each.entries]
    for entry in entries:
        # Their numbers are known now.
        entry.finding = entry.finding
        entry.acceptance = entry.acceptance
    TimelineEntry.objects.bulk_create(entries, batch_size=500)
    record_all(drafts=[draft for each in changes for draft in each.drafts()])


def _write_findings(changes: Sequence[Change]) -> None:
    now = timezone.now()
    groups: dict[frozenset[str], list[Model]] = defaultdict(list)
    for change in changes:
        change.finding.updated_at = now  # a bulk update leaves auto_now to its caller
        groups[frozenset(change.fields | {"updated_at"})].append(change.finding)
    for names, findings in groups.items():
        update_rows(findings, names)


def _write_rows(changes: Iterable[Change]) -> None:
    made: dict[type[Model], list[Model]] = defaultdict(list)
    rows: dict[tuple[type[Model], tuple[str, ...]], list[Model]] = defaultdict(list)
    for change in changes:
        for row in change.made:
            row.finding = change.finding  # type: ignore[attr-defined]  # has its number now
            made[type(row)].append(row)
        for row, names in change.rows:
            rows[type(row), names].append(row)
    # What ends makes room for what begins: a finding has one active decision, and one running clock.
    ending = sorted(rows.items(), key=lambda entry: "ended_at" not in entry[0][1])
    for (_kind, names), items in ending:
        update_rows(items, names)
    for kind, items in made.items():
        kind._default_manager.bulk_create(items, batch_size=500)


def _write_clocks(changes: Iterable[Change]) -> None:
    """Bring running clocks up to date; one that stops says whether it was met: whether it was proven,
    or decided on, by the date that severity and tier asked for."""
    wanted = {each.finding.pk: each.clock for each in changes if each.clock}
    if not wanted:
        return
    running = list(Clock.objects.filter(finding__in=wanted, stopped_at=None))
    groups: dict[frozenset[str], list[Model]] = defaultdict(list)
    for clock in running:
        values = wanted[clock.finding_id]
        for name, value in values.items():
            setattr(clock, name, value)
        names = set(values)
        if clock.stopped_at is not None:
            ends = (clock.stopped_at, clock.decided_at)
            met = any(each is not None and each <= clock.sla_due_at for each in ends)
            clock.result = ClockResult.MET if met else ClockResult.MISSED
            names.add("result")
        groups[frozenset(names)].append(clock)
    for chosen, clocks in groups.items():
        update_rows(clocks, chosen)


def update_rows(rows: Sequence[Model], names: Collection[str]) -> None:
    """Write these fields of these rows. What is the same in all of them costs one statement a
    batch; the rest is one prepared statement, run for each row."""
    model = type(rows[0])
    fields = [each for each in model._meta.concrete_fields if each.name in names]
    same = {
        each.attname: getattr(rows[0], each.attname)
        for each in fields
        if len({getattr(row, each.attname) for row in rows}) == 1
    }
    keys = [row.pk for row in rows]
    for start in range(0, len(keys), 500):
        if same:
            model._default_manager.filter(pk__in=keys[start : start + 500]).update(**same)
    if different := [each for each in fields if each.attname not in same]:
        _update_each(rows, different)


def _update_each(rows: Sequence[Model], fields: Sequence[Field]) -> None:
    """A CASE with thousands of branches, as `bulk_update` writes it, takes ten times as long."""
    meta, quoted = type(rows[0])._meta, connection.ops.quote_name
    to_database = meta.pk.get_db_prep_save
    values = ", ".join(f"{quoted(str(each.column))} = %s" for each in fields)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quoted(meta.db_table)} SET {values} WHERE {quoted(str(meta.pk.column))} = %s",  # noqa: S608
            [
                [
                    *(
                        each.get_db_prep_save(getattr(row, each.attname), connection)
                        for each in fields
                    ),
                    to_database(row.pk, connection),
                ]
                for row in rows
            ],
        )


def _with_label(told: Told) -> Facts | None:
    """What was after the act; the number of a decision is only known now that its row is written."""
    if told.of is None:
        return told.after
    return {**(told.after or {}), "decision": str(told.of).partition(" ")[0]}
