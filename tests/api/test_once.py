"""`Idempotency-Key`: what is sent twice is executed once."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.accounts.services import token_create
from shield.common.api_once import KEPT, answers_sweep
from shield.common.api_views import Acts
from shield.common.errors import Conflict
from shield.common.models import StoredAnswer
from shield.records.models import Run
from shield.registry.models import StoredFile
from tests import factories

pytestmark = pytest.mark.django_db
RUNS = "/api/v1/runs/"


@pytest.fixture
def engineer() -> User:
    return factories.user(role=Role.ENGINEER)


@pytest.fixture
def address() -> str:
    factories.version()
    return RUNS


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def send(to: Client, address: str, seed: int, key: str, **headers: str) -> Any:
    return to.post(
        address,
        {"service": "mortgage-approval", "version": "2026.11", "seed": seed},
        content_type="application/json",
        headers={"Idempotency-Key": key, **headers},
    )


def runs() -> int:
    return Run.objects.count()


def test_the_same_request_is_executed_once_and_answered_alike(engineer: User, address: str) -> None:
    first = send(client(engineer), address, 1, "k1")
    again = send(client(engineer), address, 1, "k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Content-Type"] == first["Content-Type"]
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert runs() == 1


def test_another_request_with_the_same_key_is_refused(engineer: User, address: str) -> None:
    send(client(engineer), address, 1, "k1")
    other = send(client(engineer), address, 2, "k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.other_request")
    assert runs() == 1


def test_keys_of_users_and_of_tokens_are_apart(engineer: User, address: str) -> None:
    bearer = {
        "Authorization": f"Bearer {token_create(user=engineer, name='ci', days=1, actor='t')[1]}"
    }
    send(client(engineer), address, 1, "k1")
    send(client(factories.user(role=Role.ENGINEER)), address, 1, "k1")
    send(Client(), address, 1, "k1", **bearer)
    assert runs() == 3


def test_a_refused_request_leaves_its_key_free(engineer: User, address: str) -> None:
    assert send(client(engineer), address, -1, "k1").status_code == 400
    assert send(client(engineer), address, 1, "k1").status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "two words", "ünï"])
def test_a_key_that_is_none_is_refused(engineer: User, address: str, key: str) -> None:
    answer = send(client(engineer), address, 1, key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key")
    assert runs() == 0


def test_a_form_that_no_parser_takes_is_not_read(engineer: User, address: str) -> None:
    sent = {"file": SimpleUploadedFile("a.csv", b"x" * 100_000)}
    made = client(engineer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpRequest, "_load_post_and_files", None)
        answer = made.post(address, sent, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 415


def test_a_key_counts_for_a_day(engineer: User, address: str) -> None:
    send(client(engineer), address, 1, "k1")
    StoredAnswer.objects.update(made_at=timezone.now() - KEPT - timedelta(seconds=1))
    assert "Idempotent-Replayed" not in send(client(engineer), address, 1, "k1")
    assert runs() == 2


def test_old_answers_are_swept(engineer: User, address: str) -> None:
    for key in ("old", "new"):
        send(client(engineer), address, 1, key)
    StoredAnswer.objects.filter(key="old").update(made_at=timezone.now() - KEPT * 2)
    assert answers_sweep() == 1
    assert StoredAnswer.objects.get().key == "new"


def test_nobody_gets_an_answer_who_may_no_longer_ask(engineer: User, address: str) -> None:
    send(client(engineer), address, 1, "k1")
    engineer.grants.all().delete()
    assert send(client(engineer), address, 1, "k1").status_code == 403


class Tokens(Acts, APIView):
    """Answers with a secret, or breaks off in the middle."""

    acts = {"POST": "service.view"}
    secret_answers = ("POST",)
    broken = False

    def post(self, request: Request) -> Response:
        factories.stored_file()
        if self.broken:
            raise Conflict("late", "Too late.")
        return Response({"token": "s3cret"}, status=201)


def ask(view: type[APIView], user: User, **more: Any) -> Any:
    request = APIRequestFactory().post("/", {}, format="json", headers={"Idempotency-Key": "k"})
    force_authenticate(request, user)
    return view.as_view(**more)(request)


def test_an_answer_that_is_shown_once_is_not_kept(engineer: User) -> None:
    assert ask(Tokens, engineer).data == {"token": "s3cret"}
    assert b"s3cret" not in bytes(StoredAnswer.objects.get().body)
    again = ask(Tokens, engineer)
    assert (again.status_code, again.data["code"]) == (409, "idempotency.shown_once")


def test_what_breaks_off_is_undone_with_its_key(engineer: User) -> None:
    assert ask(Tokens, engineer, broken=True).status_code == 409
    assert (StoredFile.objects.count(), StoredAnswer.objects.count()) == (0, 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_time_one_is_executed() -> None:
    engineer = factories.user(role=Role.ENGINEER)
    factories.version()
    start, answers = threading.Barrier(4), []

    def work() -> None:
        mine = client(engineer)
        start.wait()
        try:
            answers.append(send(mine, RUNS, 1, "k1"))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert runs() == 1
