"""The verifier names the first row that is not what was sealed, whatever was done to it.

Tampering happens with all rights: triggers away, constraints away, no key.
"""

# ruff: noqa: S608  (the tamperer's statements are constants of these tests)

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from shield.audit.chains import origin
from shield.audit.digests import FIELDS, canonical, link
from shield.audit.keys import rotate, signing_key
from shield.audit.models import Event, Head, Seal, Verification
from shield.audit.services import events_seal, heads_publish, record_all, trail_verify
from shield.audit.verification import Break, verify
from shield.common.errors import Conflict, InvalidInput, MissingPrerequisite
from tests.audit.support import drafts, tamper, trail

pytestmark = pytest.mark.django_db

JSON = '{"forged": 1}'
EVENT_CHANGES = {
    "at": "2026-01-01 00:00:00+00:00", "actor": "eve", "act": "x.y", "object_type": "other",
    "object_id": "99999", "object_text": "Other", "before": JSON, "after": JSON,
    "reason": "another", "request_id": "another", "unit": 77,
}  # fmt: skip
SEAL_CHANGES = {"position": 9_000, "event": 900_000, "digest": "0" * 64, "previous": "0" * 64,
                "chain": "another"}  # fmt: skip
HEAD_CHANGES = {"position": 9_000, "digest": "0" * 64, "at": "2026-01-01 00:00:00+00:00",
                "key_id": "0" * 16, "signature": "00" * 64, "chain": "another"}  # fmt: skip


def broken() -> Break:
    found = verify().broken
    assert found is not None, "the tampering was not found"
    return found


def some_seal(chain: str = "governance", position: int = 5) -> Seal:
    return Seal.objects.get(chain=chain, position=position)


def test_an_untouched_trail_is_intact() -> None:
    trail(40, 3, 17)
    report = verify()
    assert (report.broken, report.events, report.unsealed, report.warnings) == (None, 60, 0, ())


def test_an_empty_trail_is_intact() -> None:
    assert verify().broken is None


def test_events_that_are_not_sealed_yet_are_counted_and_break_nothing() -> None:
    trail(10)
    record_all(drafts=drafts(3))
    report = verify()
    assert (report.broken, report.events, report.unsealed) == (None, 10, 3)


def test_every_column_of_an_event_is_sealed() -> None:
    assert {field.column for field in Event._meta.fields} == set(FIELDS) == {"id", *EVENT_CHANGES}


@pytest.mark.parametrize("column", EVENT_CHANGES)
def test_an_event_that_was_altered_is_named(column: str) -> None:
    trail(30, 10)
    seal = some_seal()
    tamper(f'UPDATE audit_event SET "{column}" = %s WHERE id = %s',
           [EVENT_CHANGES[column], seal.event])  # fmt: skip
    found = broken()
    assert (found.chain, found.position, found.event) == ("governance", 5, seal.event)
    assert found.kind == "event_altered"


@pytest.mark.parametrize("column", ["before", "after"])
@pytest.mark.parametrize("value", [None, "{}", "[]", "0", '"x"'])
def test_facts_that_were_taken_out_are_named(column: str, value: str | None) -> None:
    trail(30)
    full = Event.objects.exclude(**{column: None}).values("pk")  # some of them have none
    seal = Seal.objects.filter(chain="governance", event__in=full).earliest("position")
    tamper(f"UPDATE audit_event SET {column} = %s WHERE id = %s", [value, seal.event])
    assert (broken().position, broken().kind) == (seal.position, "event_altered")


@pytest.mark.parametrize("column", SEAL_CHANGES)
def test_a_seal_that_was_altered_is_named(column: str) -> None:
    trail(30, 10)
    seal = some_seal()
    tamper(f"UPDATE audit_seal SET {column} = %s WHERE id = %s", [SEAL_CHANGES[column], seal.pk])
    chains = {chain.chain: chain.broken for chain in verify().chains}
    assert chains["governance"] is not None
    assert chains["governance"].position == 5


@pytest.mark.parametrize("column", HEAD_CHANGES)
def test_a_head_that_was_altered_is_named(column: str) -> None:
    trail(30, 10, 10)
    head = Head.objects.filter(chain="governance").order_by("position")[1]
    tamper(f"UPDATE audit_head SET {column} = %s WHERE id = %s", [HEAD_CHANGES[column], head.pk])
    assert verify().broken is not None


def test_an_event_that_was_removed_is_named() -> None:
    trail(30)
    seal = some_seal()
    tamper("DELETE FROM audit_event WHERE id = %s", [seal.event])
    assert (broken().event, broken().kind) == (seal.event, "event_missing")


def test_an_event_that_was_removed_with_its_seal_is_named() -> None:
    trail(30)
    seal = some_seal()
    tamper("DELETE FROM audit_event WHERE id = %s", [seal.event])
    tamper("DELETE FROM audit_seal WHERE id = %s", [seal.pk])
    assert (broken().position, broken().kind) == (5, "seal_missing")


def test_an_event_that_was_removed_and_the_gap_closed_is_named() -> None:
    trail(30)
    seal = some_seal()
    tamper("DELETE FROM audit_event WHERE id = %s", [seal.event])
    tamper("DELETE FROM audit_seal WHERE id = %s", [seal.pk])
    for place in range(6, Seal.objects.filter(chain="governance").count() + 2):
        tamper("UPDATE audit_seal SET position = position - 1 WHERE chain = 'governance'"
               " AND position = %s", [place])  # fmt: skip
    assert (broken().position, broken().kind) == (5, "link_broken")


def test_two_events_that_changed_places_are_named() -> None:
    trail(30)
    one, two = some_seal(position=4), some_seal(position=5)
    for pk, event in ((one.pk, -1), (two.pk, one.event), (one.pk, two.event)):
        tamper("UPDATE audit_seal SET event = %s WHERE id = %s", [event, pk])
    assert (broken().position, broken().kind) == (4, "event_altered")


def forge(chain: str, start: int) -> None:
    """Write the chain anew from `start` on: digests need no key."""
    digest = (
        origin(chain) if start == 1 else Seal.objects.get(chain=chain, position=start - 1).digest
    )
    for seal in Seal.objects.filter(chain=chain, position__gte=start).order_by("position"):
        with connection.cursor() as cursor:
            columns = ", ".join(f'"{name}"' for name in FIELDS)
            cursor.execute(f"SELECT {columns} FROM audit_event WHERE id = %s", [seal.event])
            previous, digest = digest, link(digest, cursor.fetchone())
        tamper("UPDATE audit_seal SET previous = %s, digest = %s WHERE id = %s",
               [previous, digest, seal.pk])  # fmt: skip


def test_a_chain_that_was_written_anew_contradicts_its_signed_head() -> None:
    trail(30, 10)
    seal = some_seal()
    tamper("UPDATE audit_event SET actor = 'eve' WHERE id = %s", [seal.event])
    forge("governance", 5)
    head = Head.objects.filter(chain="governance").order_by("position")[0]
    assert (broken().position, broken().kind) == (head.position, "head_digest")


def test_seals_that_the_sealer_did_not_make_lie_behind_the_last_signed_head() -> None:
    trail(30)
    last = Seal.objects.filter(chain="governance").order_by("-position")[0]
    (event,) = record_all(drafts=drafts(1))
    Seal.objects.create(chain="governance", position=last.position + 1, event=event.pk,
                        previous=last.digest, digest="0" * 64)  # fmt: skip
    forge("governance", last.position + 1)
    assert (broken().event, broken().kind) == (event.pk, "not_signed")


def test_the_sealer_signs_nothing_that_it_did_not_seal_itself() -> None:
    """Forged seals do not become true because the next round signs an end behind them."""
    trail(30)
    last = Seal.objects.filter(chain="governance").order_by("-position")[0]
    event, _ = record_all(drafts=[*drafts(1), *drafts(1)])
    Seal.objects.create(chain="governance", position=last.position + 1, event=event.pk,
                        previous=last.digest, digest="0" * 64)  # fmt: skip
    forge("governance", last.position + 1)
    with pytest.raises(Exception, match="not signed"):
        events_seal()
    assert broken().kind == "not_signed"


def test_a_tail_that_was_cut_with_its_heads_is_told_by_the_published_ones(heads: Path) -> None:
    trail(30, 10)
    end = Head.objects.filter(chain="governance").order_by("position")[0].position
    for table, column in (("audit_seal", "position"), ("audit_head", "position")):
        tamper(f"DELETE FROM {table} WHERE chain = 'governance' AND {column} > %s", [end])
    found = broken()
    assert (found.position, found.kind) == (end + 1, "truncated")
    assert verify(heads=heads).broken == found


def test_a_chain_that_was_removed_as_a_whole_is_told_by_the_published_heads() -> None:
    trail(30)
    for table in ("audit_seal", "audit_head", "audit_event"):
        tamper(f"DELETE FROM {table}")
    assert broken().kind == "truncated"


def test_a_cut_seal_alone_contradicts_the_signed_head() -> None:
    trail(30)
    last = Seal.objects.filter(chain="governance").order_by("-position")[0]
    tamper("DELETE FROM audit_seal WHERE id = %s", [last.pk])
    assert (broken().position, broken().kind) == (last.position, "truncated")


def test_a_published_head_that_was_altered_is_named(heads: Path) -> None:
    trail(30)
    path = next(heads.rglob("governance-*.json"))
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"digest": "0" * 64}))
    assert broken().kind == "head_signature"


def test_a_published_file_that_is_no_head_cannot_be_verified_with(heads: Path) -> None:
    trail(30)
    next(heads.rglob("governance-*.json")).write_text("[]")
    with pytest.raises(InvalidInput) as error:
        verify()
    assert error.value.code == "audit.head_file"


def test_a_head_signed_with_another_key_is_not_trusted(tmp_path: Path, settings: Any) -> None:
    trail(30)
    settings.AUDIT_KEY_FILE = str(tmp_path / "other.pem")
    assert broken().kind == "head_key"


def test_heads_of_before_a_rotation_stay_valid(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_KEY_FILE = str(tmp_path / "key.pem")
    trail(12)
    old, new = rotate()
    trail(12)
    assert signing_key().public == new != old
    assert verify().broken is None
    Path(f"{settings.AUDIT_KEY_FILE}.old").unlink()
    assert broken().kind == "head_key"
    settings.AUDIT_OLD_KEYS = [old.text]
    assert verify().broken is None


def test_without_a_key_nothing_is_verified(settings: Any) -> None:
    settings.AUDIT_KEY_FILE = ""
    with pytest.raises(MissingPrerequisite) as error:
        verify()
    assert error.value.code == "audit.no_key"


def test_since_begins_at_a_signed_head_and_still_finds_what_came_after() -> None:
    trail(40)
    moment = timezone.now()
    trail(40)
    report = verify(since=moment)
    assert (report.broken, report.events) == (None, 40)
    before, after = some_seal(position=2), some_seal(position=22)
    tamper("UPDATE audit_event SET actor = 'eve' WHERE id = %s", [before.event])
    assert verify(since=moment).broken is None
    assert broken().position == 2
    tamper("UPDATE audit_event SET actor = 'eve' WHERE id = %s", [after.event])
    found = verify(since=moment).broken
    assert found is not None
    assert found.position == 22


def test_the_first_broken_row_of_all_chains_is_named() -> None:
    trail(60)
    rows = [some_seal("records", 9), some_seal("accounts", 4), some_seal("governance", 20)]
    for seal in rows:
        tamper("UPDATE audit_event SET reason = 'x' WHERE id = %s", [seal.event])
    assert broken().event == min(seal.event for seal in rows)


def test_a_broken_trail_is_an_event_itself_and_is_kept() -> None:
    trail(12)
    tamper("UPDATE audit_event SET actor = 'eve' WHERE id = %s", [some_seal(position=2).event])
    trail_verify(actor="ada")
    event = Event.objects.get(act="audit.broken")
    assert event.after is not None
    assert (event.actor, event.after["kind"]) == ("ada", "event_altered")


def test_what_was_found_and_its_event_are_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    trail(12)
    tamper("UPDATE audit_event SET actor = 'eve' WHERE id = %s", [some_seal(position=2).event])
    monkeypatch.setattr("shield.audit.services.record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trail_verify(actor="ada")
    assert not Verification.objects.exists()


@pytest.mark.parametrize("values", [
    ("a", 1e16, 10000000000000000), ("a", 1.7976931348623157e308, 17976931348623157 * 10**292), ("a", -0.0, 0.0), ("a", 1e300, 10**300),
])  # fmt: skip
def test_numbers_have_one_form_on_both_databases(values: tuple[str, float, float]) -> None:
    key, ours, theirs = values
    row = [1, "2026-11-20 09:00:00", *"abcdef"[:4], "t", None, None, "", "", None]
    forms = []
    for number in (ours, theirs):
        row[8] = json.dumps({key: [number]})
        forms.append(canonical(row[:12]))
    assert forms[0] == forms[1]


class Properties(TestCase):
    """Any row, any column, any other value: found, and at the row itself. Never a false alarm."""

    columns = st.sampled_from(sorted(set(EVENT_CHANGES) - {"at", "unit", "before", "after"}))

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        sizes=st.lists(st.integers(1, 30), min_size=1, max_size=4), data=st.data(),
    )  # fmt: skip
    def test_whatever_is_altered_is_found_at_its_row(self, sizes: list[int], data: Any) -> None:
        shutil.rmtree(storages["audit"].location, ignore_errors=True)  # each example begins anew
        trail(*sizes)
        assert verify().broken is None
        event = data.draw(st.sampled_from(list(Event.objects.all())))
        column = data.draw(self.columns)
        value = data.draw(
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
        )
        was = getattr(event, column)
        tamper(f"UPDATE audit_event SET {column} = %s WHERE id = %s", [value, event.pk])
        found = verify().broken
        if value == was:
            assert found is None
        else:
            assert found is not None
            assert found.event == event.pk


@pytest.mark.parametrize("model", [Seal, Head])
@pytest.mark.parametrize(
    "change", [lambda rows: rows.update(chain="x"), lambda rows: rows.delete()]
)
def test_the_models_refuse_to_change_seals_and_heads(model: Any, change: Callable) -> None:
    trail(8)
    with pytest.raises(Conflict):
        change(model.objects.all())
    with pytest.raises(Conflict):
        model.objects.first().save()
    with pytest.raises(Conflict):
        model.objects.first().delete()
    assert heads_publish() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_verifying_while_events_are_written_and_sealed_is_never_a_false_alarm() -> None:
    trail(200)
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.is_set():
                trail(7)
        finally:
            connection.close()

    busy = threading.Thread(target=work)
    busy.start()
    try:
        found = [verify() for _ in range(25)]
    finally:
        stop.set()
        busy.join()
    assert [report.broken for report in found] == [None] * len(found)
    assert found[-1].events > found[0].events
