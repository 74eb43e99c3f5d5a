"""Files on their way in: pieces, breaks, digests, shares, and what nobody learns of others' files."""

from __future__ import annotations

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.common.errors import MissingPrerequisite
from shield.registry import files
from shield.registry.choices import ErasedFor
from shield.registry.models import StoredFile
from shield.uploads import services
from shield.uploads.models import Upload
from shield.uploads.services import uploads_sweep
from tests import factories

pytestmark = pytest.mark.django_db
UPLOADS = "/api/v1/uploads/"
CONTENT = b"race,decision\n" + b"white,1\n" * 1000


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


@pytest.fixture
def engineer() -> User:
    return factories.user(role=Role.ENGINEER)


@pytest.fixture
def sender(engineer: User) -> Client:
    return client(engineer)


def start(sender: Client, content: bytes = CONTENT, **more: Any) -> Any:
    facts = {"name": "test.csv", "size": len(content), "sha256": sha256(content)}
    return sender.post(UPLOADS, facts | more, content_type="application/json")


def send(sender: Client, upload: str, piece: bytes, offset: object) -> Any:
    return sender.patch(
        f"{UPLOADS}{upload}/",
        piece,
        content_type="application/offset+octet-stream",
        headers={"Upload-Offset": str(offset)},
    )


def whole(sender: Client, content: bytes = CONTENT) -> Any:
    upload = start(sender, content).json()["id"]
    return send(sender, upload, content, 0).json()


def test_pieces_in_order_make_the_file(sender: Client) -> None:
    upload = start(sender).json()
    assert (upload["state"], upload["received"]) == ("receiving", 0)
    first = send(sender, upload["id"], CONTENT[:1000], 0)
    assert (first.json()["received"], first["Upload-Offset"]) == (1000, "1000")
    last = send(sender, upload["id"], CONTENT[1000:], 1000).json()
    assert (last["state"], last["received"]) == ("complete", len(CONTENT))
    file = Upload.objects.get().file
    assert file is not None
    with default_storage.open(file.name) as stored:
        assert stored.read() == CONTENT
    assert list(Path(settings.UPLOAD_DIR).iterdir()) == []


def test_after_a_break_head_says_where_to_go_on(sender: Client) -> None:
    upload = start(sender).json()["id"]
    send(sender, upload, CONTENT[:500], 0)
    asked = sender.head(f"{UPLOADS}{upload}/")
    assert (asked["Upload-Offset"], asked["Upload-Length"]) == ("500", str(len(CONTENT)))
    assert send(sender, upload, CONTENT[500:], 500).json()["state"] == "complete"


@pytest.mark.parametrize("offset", [0, 499, 501, 99_999_999])
def test_a_piece_at_another_place_is_refused(sender: Client, offset: int) -> None:
    upload = start(sender).json()["id"]
    send(sender, upload, CONTENT[:500], 0)
    answer = send(sender, upload, b"x", offset)
    assert answer.status_code in (409, 413)
    assert send(sender, upload, CONTENT[500:], 500).json()["state"] == "complete"


@pytest.mark.parametrize("offset", ["", "-1", "ten", "1" * 30, "٣"])
def test_an_offset_that_is_none_is_refused(sender: Client, offset: str) -> None:
    upload = start(sender).json()["id"]
    assert send(sender, upload, b"x", offset.encode().decode("latin-1")).status_code == 400


def test_more_bytes_than_were_told_are_refused(sender: Client) -> None:
    upload = start(sender).json()["id"]
    answer = send(sender, upload, CONTENT + b"x", 0)
    assert (answer.status_code, answer.json()["code"]) == (413, "upload.beyond")
    assert Upload.objects.get().received == 0


def test_another_digest_forgets_everything(sender: Client) -> None:
    upload = start(sender, sha256="0" * 64).json()["id"]
    answer = send(sender, upload, CONTENT, 0)
    assert (answer.status_code, answer.json()["code"]) == (422, "upload.digest")
    assert not Upload.objects.exists()
    assert not StoredFile.objects.exists()
    assert list(Path(settings.UPLOAD_DIR).iterdir()) == []


def test_a_complete_upload_takes_nothing_more(sender: Client) -> None:
    upload = whole(sender)["id"]
    assert send(sender, upload, b"x", len(CONTENT)).status_code == 413
    assert send(sender, upload, b"", 0).status_code == 400


def empty(sender: Client, upload: str, offset: int) -> Any:
    """A piece without a byte, as clients send it: its length is told."""
    return sender.generic(
        "PATCH", f"{UPLOADS}{upload}/", headers={"Upload-Offset": str(offset)},
        CONTENT_LENGTH="0", CONTENT_TYPE="application/offset+octet-stream",
    )  # fmt: skip


class TestLastStep:
    """Every byte is there, and then something fails."""

    @pytest.fixture
    def failing(self, sender: Client, monkeypatch: pytest.MonkeyPatch) -> str:
        """An upload that lies whole on disk and could not be brought into the storage."""
        full = MissingPrerequisite("storage.full", "There is no room.", "Free space.")

        def fail(*_: object, **__: object) -> None:
            raise full

        upload = str(start(sender).json()["id"])
        with monkeypatch.context() as patch:
            patch.setattr(files, "adopt", fail)
            assert send(sender, upload, CONTENT, 0).json()["code"] == "storage.full"
        assert sender.head(f"{UPLOADS}{upload}/")["Upload-Offset"] == str(len(CONTENT))
        return upload

    def test_an_empty_piece_repeats_it(self, sender: Client, failing: str) -> None:
        assert empty(sender, failing, len(CONTENT)).json()["state"] == "complete"
        assert empty(sender, failing, len(CONTENT)).json()["state"] == "complete"
        assert Upload.objects.get().file is not None

    def test_the_same_piece_again_repeats_it(self, sender: Client, failing: str) -> None:
        answer = send(sender, failing, CONTENT[500:], 500)
        assert (answer.status_code, answer.json()["state"]) == (200, "complete")

    def test_bytes_that_are_lost_are_asked_for_again(self, sender: Client, failing: str) -> None:
        (Path(settings.UPLOAD_DIR) / failing).unlink()
        answer = empty(sender, failing, len(CONTENT))
        assert (answer.status_code, answer.json()["code"]) == (409, "upload.offset")
        assert sender.head(f"{UPLOADS}{failing}/")["Upload-Offset"] == "0"
        assert send(sender, failing, CONTENT, 0).json()["state"] == "complete"

    def test_erased_bytes_are_refused_and_leave_nothing(self, sender: Client) -> None:
        data = factories.dataset(factories.service())
        StoredFile.objects.filter(pk=data.file_id).update(
            sha256=sha256(CONTENT), erased_at=timezone.now(), erased_by="pia",
            erased_reason="asked to", erased_for=ErasedFor.REQUEST,
        )  # fmt: skip
        upload = start(sender).json()["id"]
        answer = send(sender, upload, CONTENT, 0)
        assert (answer.status_code, answer.json()["code"]) == (409, "dataset.erased")
        assert not Upload.objects.exists()
        assert list(Path(settings.UPLOAD_DIR).iterdir()) == []


def test_a_piece_without_a_length_is_refused(sender: Client) -> None:
    upload = start(sender).json()["id"]
    answer = sender.generic(
        "PATCH", f"{UPLOADS}{upload}/", CONTENT_TYPE="application/offset+octet-stream",
        headers={"Upload-Offset": "0", "Transfer-Encoding": "chunked"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_a_small_file_comes_as_a_form(sender: Client) -> None:
    answer = sender.post(UPLOADS, {"file": SimpleUploadedFile("a.csv", CONTENT)})
    assert (answer.status_code, answer.json()["state"]) == (201, "complete")
    assert answer.json()["sha256"] == sha256(CONTENT)


def test_a_form_with_another_digest_is_refused(sender: Client) -> None:
    body = {"file": SimpleUploadedFile("a.csv", CONTENT), "sha256": "0" * 64}
    assert sender.post(UPLOADS, body).json()["code"] == "upload.digest"


def test_a_large_file_does_not_come_as_a_form(sender: Client, settings: Any) -> None:
    settings.UPLOAD_INLINE = 100
    answer = sender.post(UPLOADS, {"file": SimpleUploadedFile("a.csv", b"x" * 200_000)})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "k"}])
@pytest.mark.parametrize(("told", "status"), [("200000", 413), ("", 411)])
def test_a_form_is_refused_by_its_length_before_anything_reads_it(
    sender: Client, settings: Any, monkeypatch: pytest.MonkeyPatch,
    key: dict[str, str], told: str, status: int,
) -> None:  # fmt: skip
    def read(*_: object) -> None:
        raise AssertionError("the body was read")

    monkeypatch.setattr(HttpRequest, "_load_post_and_files", read)
    settings.UPLOAD_INLINE = 100
    sender = checking(sender)
    body = {"file": SimpleUploadedFile("a.csv", b"x" * 200_000)}
    answer = sender.post(UPLOADS, body, headers=key, CONTENT_LENGTH=told)
    assert answer.status_code == status


def checking(sender: Client) -> Client:
    """The same session, in a browser whose requests must show that they are its own."""
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = sender.cookies
    return strict


def test_a_form_sent_twice_with_a_key_is_taken_once(sender: Client) -> None:
    for _ in range(2):
        body = {"file": SimpleUploadedFile("a.csv", CONTENT)}
        answer = sender.post(UPLOADS, body, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201
    assert Upload.objects.count() == 1


def test_own_bytes_need_not_be_sent_again(sender: Client) -> None:
    first = whole(sender)
    Upload.objects.update(expires_at=timezone.now() + timedelta(seconds=1))
    again = start(sender).json()
    assert (again["id"], again["state"]) == (first["id"], "complete")
    assert Upload.objects.get().expires_at > timezone.now() + timedelta(days=6)


def test_the_same_file_every_day_takes_its_room_once(sender: Client, settings: Any) -> None:
    settings.UPLOAD_SHARE = len(CONTENT) + 1
    whole(sender)
    assert [start(sender).status_code for _ in range(3)] == [201, 201, 201]


def test_nobody_learns_that_the_server_has_anothers_bytes(sender: Client) -> None:
    whole(sender)
    other = client(factories.user(role=Role.ENGINEER))
    assert start(other).json()["state"] == "receiving"
    assert whole(other)["state"] == "complete"
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize(("unit", "state"), [("retail", "complete"), ("payments", "receiving")])
def test_data_of_own_services_need_not_be_sent(unit: str, state: str) -> None:
    data = factories.dataset(factories.service(unit=factories.unit("retail")))
    user = factories.user(role=Role.ENGINEER, unit=factories.unit(unit))
    body = {"name": "x", "size": data.file.size, "sha256": data.sha256}
    answer = client(user).post(UPLOADS, body, content_type="application/json")
    assert answer.json()["state"] == state


def test_to_see_data_is_not_to_use_it(engineer: User) -> None:
    data = factories.dataset(factories.service(unit=factories.unit("retail")))
    viewer = factories.user(role=Role.ENGINEER, unit=factories.unit("payments"))
    viewer.grants.create(role=Role.VIEWER)
    body = {"name": "x", "size": data.file.size, "sha256": data.sha256}
    answer = client(viewer).post(UPLOADS, body, content_type="application/json")
    assert answer.json()["state"] == "receiving"


def test_an_upload_is_its_owners_alone(sender: Client) -> None:
    upload = start(sender).json()["id"]
    for other in (
        client(factories.user(role=Role.ENGINEER)),
        client(factories.user(is_superuser=True)),
    ):
        assert other.get(f"{UPLOADS}{upload}/").status_code == 404
        assert send(other, upload, CONTENT, 0).status_code == 404
        assert other.delete(f"{UPLOADS}{upload}/").status_code == 404
        assert other.get(UPLOADS).json()["count"] == 0


@pytest.mark.parametrize(
    "facts",
    [{"size": 0}, {"size": -1}, {"size": 2**80}, {"sha256": "x"}, {"sha256": "A" * 64},
     {"name": ""}, {"name": "x" * 256}, {"name": "a\0b"}],
)  # fmt: skip
def test_facts_that_cannot_be_are_refused(sender: Client, facts: dict[str, Any]) -> None:
    assert start(sender, **facts).status_code == 400


def test_the_largest_file_and_the_share_of_a_person(sender: Client, settings: Any) -> None:
    settings.UPLOAD_LARGEST, settings.UPLOAD_SHARE = 100, 150
    assert start(sender, b"x" * 101).json()["code"] == "upload.too_large"
    assert start(sender, b"x" * 100).status_code == 201
    assert start(sender, b"y" * 51).json()["code"] == "upload.share"
    assert start(sender, b"y" * 50).status_code == 201


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_starts_at_the_same_time_do_not_pass_the_share(
    engineer: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.UPLOAD_SHARE = 150
    real = services._usable

    def slow(*arguments: Any) -> Any:
        time.sleep(0.2)  # between counting and noting
        return real(*arguments)

    def begin(number: int) -> bool:
        try:
            services.upload_start(owner=engineer, name="x", size=100, sha256=f"{number:064d}")
        except services.TooMuch:
            return False
        finally:
            connection.close()
        return True

    monkeypatch.setattr(services, "_usable", slow)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin, range(4))) == 1
    assert Upload.objects.count() == 1


def test_what_expired_is_swept_and_what_is_needed_stays(sender: Client) -> None:
    whole(sender, b"needed")
    whole(sender, b"idle")
    kept = factories.dataset(factories.service())
    kept.file = StoredFile.objects.get(sha256=sha256(b"needed"))
    kept.save()
    half = start(sender, b"half and half").json()["id"]
    send(sender, half, b"half", 0)
    (Path(settings.UPLOAD_DIR) / "nobodys").write_bytes(b"x")
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    fresh = start(sender, b"fresh").json()["id"]
    assert uploads_sweep() == 3
    assert [str(row.pk) for row in Upload.objects.all()] == [fresh]
    assert StoredFile.objects.filter(sha256=sha256(b"needed")).exists()
    assert not StoredFile.objects.filter(sha256=sha256(b"idle")).exists()
    assert list(Path(settings.UPLOAD_DIR).iterdir()) == []


def test_an_upload_is_forgotten_on_request(sender: Client) -> None:
    upload = whole(sender)["id"]
    assert sender.delete(f"{UPLOADS}{upload}/").status_code == 204
    assert not StoredFile.objects.exists()
