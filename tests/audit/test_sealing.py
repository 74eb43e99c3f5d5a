"""One sealer chains what is there: late commits, gaps, crashes and a second sealer included."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from shield.audit import sealing
from shield.audit.chains import CHAINS, chain_of, origin
from shield.audit.models import Event, Head, Seal
from shield.audit.services import Draft, events_seal, heads_publish, record, record_all
from shield.audit.verification import verify
from tests.audit.support import drafts, tamper, trail

COPY = (
    "INSERT INTO audit_event (id, at, actor, act, object_type, object_id, object_text, before, after,"
    " reason, request_id, unit) SELECT %s, %s, actor, act, object_type, object_id, object_text,"
    " before, after, reason, request_id, unit FROM audit_event"
)

pytestmark = pytest.mark.django_db


def one(act: str = "service.change") -> Event:
    return record(actor="ada", act=act, object_type="service", object_id=1, object_text="S")


def positions() -> dict[int, tuple[str, int]]:
    return {seal.event: (seal.chain, seal.position) for seal in Seal.objects.all()}


@given(act=st.text(max_size=60))
def test_every_act_has_one_chain(act: str) -> None:
    assert chain_of(act) in CHAINS


def test_acts_of_runs_people_and_decisions_are_sealed_into_chains_of_their_own() -> None:
    run, user, finding = one("run.start"), one("user.create"), one("finding.accept")
    events_seal()
    assert positions() == {
        run.pk: ("records", 1), user.pk: ("accounts", 1), finding.pk: ("governance", 1),
    }  # fmt: skip


def test_a_new_event_has_no_seal_and_gets_one_in_the_next_round() -> None:
    event = one()
    assert sealing.unsealed_ids([event]) == {event.pk}
    assert sealing.unsealed_count() == 1
    assert events_seal().events == 1
    assert sealing.unsealed_ids([event]) == set()
    assert sealing.unsealed_count() == 0


def test_sealing_again_does_nothing() -> None:
    trail(20)
    before = list(Seal.objects.order_by("pk").values_list())
    assert events_seal() == sealing.Sealed()
    assert list(Seal.objects.order_by("pk").values_list()) == before


def test_each_seal_continues_the_one_before_and_the_first_its_chains_name() -> None:
    trail(30, 5)
    for chain in CHAINS:
        digest = origin(chain)
        for number, seal in enumerate(Seal.objects.filter(chain=chain).order_by("position"), 1):
            assert (seal.position, seal.previous) == (number, digest)
            digest = seal.digest


def test_batches_make_the_same_chain_as_one_round() -> None:
    record_all(drafts=drafts(50))
    assert sealing.seal(batch=7).events == 50
    assert Seal.objects.count() == 50
    assert verify().broken is None


def test_an_event_that_commits_late_is_sealed_at_the_end_of_its_chain() -> None:
    early, late, last = (one() for _ in range(3))
    # as another connection sees it before the commit: `late` has its id and is not there
    tamper("UPDATE audit_event SET id = 900000 WHERE id = %s", [late.pk])
    tamper("UPDATE audit_event SET id = 901000 WHERE id = %s", [last.pk])
    events_seal()
    tamper(f"{COPY} WHERE id = 900000", [899000, timezone.now()])
    events_seal()
    assert [positions()[pk][1] for pk in (early.pk, 900000, 901000, 899000)] == [1, 2, 3, 4]
    report = verify()
    assert (report.broken, report.warnings) == (None, ())


def test_an_event_that_was_held_back_for_long_is_found_by_a_thorough_round() -> None:
    event = one()
    tamper("UPDATE audit_event SET id = 900000 WHERE id = %s", [event.pk])
    events_seal()
    tamper(f"{COPY} WHERE id = 900000", [899000, "2026-01-01 00:00:00+00:00"])
    assert events_seal().events == 0
    assert sealing.unsealed_count(thorough=True) == 1
    assert events_seal(thorough=True).events == 1
    report = verify()
    assert report.broken is None
    assert "event 899000" in report.warnings[0]


def test_gaps_of_rolled_back_transactions_mean_nothing() -> None:
    one()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        one()
        raise ZeroDivisionError
    one()
    events_seal()
    assert sorted(place for _, place in positions().values()) == [1, 2]
    assert verify().broken is None


def test_a_crash_in_the_middle_leaves_nothing_and_the_next_round_does_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record_all(drafts=drafts(10))
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "sign", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            events_seal()
    assert Seal.objects.count() == Head.objects.count() == 0
    assert events_seal().events == 10
    assert verify().broken is None


def test_nobody_meets_half_a_published_head(heads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Power that fails while a head is written leaves no file that verifying would stumble over."""
    trail(5)
    record_all(drafts=drafts(5))
    events_seal()

    def fails(file: ContentFile) -> Iterator[bytes]:
        yield file.read(40)
        raise OSError("no power")

    monkeypatch.setattr(ContentFile, "chunks", fails)
    with pytest.raises(OSError, match="no power"):
        heads_publish()
    monkeypatch.undo()
    assert verify().broken is None
    assert heads_publish() > 0
    assert verify().broken is None


def test_a_head_is_published_once_and_never_overwritten(heads: Path) -> None:
    trail(8)
    files = {path: path.read_text() for path in heads.rglob("*.json")}
    assert len(files) == 3
    assert heads_publish() == 0
    assert {path: path.read_text() for path in heads.rglob("*.json")} == files


def test_events_in_bulk_are_the_same_as_one_by_one() -> None:
    draft = Draft("ada", "run.start", "run", 7, "Run 7", {"a": 1}, {"a": 2}, "why", 3)
    (bulk,) = record_all(drafts=[draft])
    single = record(actor="ada", act="run.start", object_type="run", object_id=7,
                    object_text="Run 7", before={"a": 1}, after={"a": 2}, reason="why", unit=3)  # fmt: skip
    fields = [field.attname for field in Event._meta.fields if field.attname not in ("id", "at")]
    assert [getattr(bulk, name) for name in fields] == [getattr(single, name) for name in fields]


def test_a_null_character_costs_a_character_not_the_event() -> None:
    event = record(actor="a\0b", act="x", object_type="t", object_id=1, object_text="\0",
                   before={"k\0": ["\0", {"x": "\0"}]})  # fmt: skip
    event.refresh_from_db()
    assert event.actor == "a�b"
    assert event.before == {"k�": ["�", {"x": "�"}]}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_seal_every_event_once() -> None:
    record_all(drafts=drafts(400))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(40):
                sealing.seal(batch=25)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    sealers = [threading.Thread(target=work) for _ in range(3)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()
    assert failures == []
    assert Seal.objects.count() == 400
    assert verify().broken is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_events_are_inserted_while_the_sealer_holds_its_lock() -> None:
    """An import never waits for the sealer, nor the sealer for the import."""
    record_all(drafts=drafts(50))
    inside, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                sealing._seal_batch(False, 10_000)
                inside.set()
                assert go_on.wait(60), "the import waits for the sealer"
        finally:
            connection.close()

    sealer = threading.Thread(target=hold)
    sealer.start()
    assert inside.wait(60)
    with transaction.atomic():  # the import: open, with its events uncommitted
        record_all(drafts=drafts(10_000))
        go_on.set()
        sealer.join()  # the sealer commits beside the open import
        seen: list[int] = []

        def seal_beside() -> None:
            try:
                seen.append(events_seal().events)
            finally:
                connection.close()

        beside = threading.Thread(target=seal_beside)
        beside.start()
        beside.join(30)
        assert not beside.is_alive(), "the sealer waits for the import"
        assert seen == [0]
    assert events_seal().events == 10_000
    assert verify().broken is None
