"""Runs over the API: started, followed, cancelled and read by who may."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from rest_framework.test import APIClient

from assessments.services import run_execute, run_start
from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.common.errors import Conflict
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.services import service_retire
from shield.reports.result import schema
from tests import factories
from tests.records.support import claimed

pytestmark = pytest.mark.django_db
RUNS = "/api/v1/runs/"


def client(role: str = Role.ENGINEER) -> APIClient:
    made = APIClient()
    made.force_authenticate(factories.user(role=role))
    return made


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The messages to workers, instead of a broker."""
    messages: list[list[str]] = []

    def send(name: str, args: list[str]) -> None:
        assert name == "assessments.tasks.execute"
        messages.append(args)

    monkeypatch.setattr("assessments.services.current_app.send_task", send)
    return messages


def body(**more: object) -> dict[str, object]:
    return {"service": "mortgage-approval", "version": "2026.11", **more}


def test_a_run_is_started_and_a_worker_hears_of_it_after_the_commit(
    sent, django_capture_on_commit_callbacks
) -> None:
    version = factories.version()
    with django_capture_on_commit_callbacks(execute=True):
        answer = client().post(RUNS, body(seed=5), format="json")
        assert sent == []
    assert answer.status_code == 201
    run = Run.objects.get()
    assert answer.data["id"] == str(run.pk)
    assert (run.version, run.state, run.seed) == (version, RunState.QUEUED, 5)
    assert run.enqueued_at is not None
    assert sent == [[str(run.pk)]]
    assert Event.objects.get(act="run.start").actor == run.requested_by != ""


def test_no_run_is_started_for_a_retired_service() -> None:
    version = factories.version()
    service_retire(service=version.service, actor="olga", reason="Replaced")
    answer = client().post(RUNS, body(), format="json")
    assert (answer.status_code, answer.data["code"]) == (409, "service.retired")
    assert not Run.objects.exists()


def test_a_service_retired_since_its_version_was_read_starts_no_run() -> None:
    version = factories.version()
    service_retire(service=version.service, actor="olga", reason="Replaced")
    assert version.service.retired_at is None  # what a slow caller still holds
    with pytest.raises(Conflict):
        run_start(version=version, actor="ada", enqueue=False)


def test_a_broker_that_is_away_does_not_lose_the_run(
    monkeypatch, django_capture_on_commit_callbacks, caplog
) -> None:
    factories.version()

    def away(*args: object, **more: object) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr("assessments.services.current_app.send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client().post(RUNS, body(), format="json")
    assert answer.status_code == 201
    assert Run.objects.get().state == RunState.QUEUED


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        (body(version="9"), 404),
        (body(service="nobody"), 404),
        (body(seed=-1), 400),
        (body(seed="x"), 400),
        ({"version": "1"}, 400),
    ],
)
def test_a_run_of_nothing_is_refused_in_the_apis_shape(wanted, status) -> None:
    factories.version()
    answer = client().post(RUNS, wanted, format="json")
    assert answer.status_code == status
    assert {"code", "message", "hint"} <= set(answer.json())
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("role", "status"), [(Role.VIEWER, 403), (Role.APPROVER, 403), (Role.RISK_OFFICER, 201)]
)
def test_who_may_start_a_run(role, status, sent) -> None:
    factories.version()
    assert client(role).post(RUNS, body(), format="json").status_code == status


def test_nobody_unknown_sees_a_run() -> None:
    run = factories.run()
    for path in ("", f"{run.pk}/", f"{run.pk}/result/", f"{run.pk}/log/"):
        assert APIClient().get(RUNS + path).status_code == 401


def test_the_list_is_filtered_and_does_not_ask_per_row(django_assert_max_num_queries) -> None:
    version = factories.version()
    for state in (RunState.FINISHED, RunState.FINISHED, RunState.QUEUED, RunState.FAILED):
        factories.run(version, state=state)
    viewer = client(Role.VIEWER)
    with django_assert_max_num_queries(6):
        found = viewer.get(RUNS, {"state": ["finished", "queued"], "service": "mortgage-approval"})
    assert found.json()["count"] == 3
    assert viewer.get(RUNS, {"service": "other"}).json()["count"] == 0
    assert viewer.get(RUNS, {"outcome": "pass"}).json()["count"] == 0


def test_the_result_is_the_document_and_only_of_a_finished_run() -> None:
    viewer = client(Role.VIEWER)
    queued = factories.run(state=RunState.QUEUED)
    refused = viewer.get(f"{RUNS}{queued.pk}/result/")
    assert (refused.status_code, refused.json()["code"]) == (409, "run.no_result")
    finished = factories.run(queued.version)
    document = viewer.get(f"{RUNS}{finished.pk}/result/").json()
    assert document["run"] == str(finished.pk)
    assert document["shield"] == 1


@pytest.mark.django_db(transaction=True)
def test_a_real_run_over_the_api_validates_against_the_published_schema(tmp_path: Path) -> None:
    from assessments.services import register
    from tests.resilience.support import service

    version = register(manifest_path=service(tmp_path), actor="test")
    engineer = client()
    started = engineer.post(RUNS, {"service": "credit", "version": version.label}, format="json")
    run_execute(run_id=Run.objects.get().pk, worker="A")
    address = f"{RUNS}{started.data['id']}/"
    assert engineer.get(address).json()["state"] == "finished"
    jsonschema.validate(engineer.get(f"{address}result/").json(), schema())
    assert engineer.get(f"{address}log/").json()["count"] >= 4


def test_cancelling_a_queued_run_ends_it_and_one_that_ended_is_a_conflict() -> None:
    run = factories.run(state=RunState.QUEUED)
    engineer = client()
    assert engineer.post(f"{RUNS}{run.pk}/cancel/").json()["state"] == "cancelled"
    refused = engineer.post(f"{RUNS}{run.pk}/cancel/")
    assert (refused.status_code, refused.json()["code"]) == (409, "run.ended")


def test_cancelling_a_running_run_asks_its_worker() -> None:
    lease = claimed()
    answer = client().post(f"{RUNS}{lease.run_id}/cancel/").json()
    assert answer["state"] == "running"
    assert answer["cancel_requested_at"]


def test_a_viewer_cannot_cancel() -> None:
    run = factories.run(state=RunState.QUEUED)
    assert client(Role.VIEWER).post(f"{RUNS}{run.pk}/cancel/").status_code == 403
