"""The hook for pipelines: hand in, wait, verdict; who may; what dies on the way; dry runs."""

from __future__ import annotations

import threading
import time
import uuid
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from jsonschema import Draft202012Validator

from assessments import leases, submissions
from assessments.api import submission_views
from assessments.models import Submission
from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.common.errors import ShieldError
from shield.records.models import Run
from shield.registry.models import Service, Version
from shield.reports.result import schema
from tests import factories
from tests.support.handing_in import API, changed, client, hand_in, upload, work

pytestmark = pytest.mark.django_db


def shown(sender: Client, submission: str, query: str = "") -> Any:
    answer = sender.get(f"{API}/assessments/{submission}/{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_from_the_hand_in_to_the_verdict(sender: Client, manifest: Path) -> None:
    answer = hand_in(sender, manifest, source={"commit": "abc", "branch": "main"})
    assert answer.status_code == 201, answer.content
    handed = answer.json()
    assert (handed["state"], handed["exit_code"], handed["run"]) == ("queued", None, None)
    work()
    done = shown(sender, handed["id"])
    assert (done["state"], done["ended"], done["exit_code"]) == ("finished", True, 1)
    assert done["gate"]["outcome"] == "fail"
    assert done["page"].endswith(f"/runs/{done['run']}/")
    assert Version.objects.get().created_by == Event.objects.get(act="submission.create").actor
    result = sender.get(f"{API}/assessments/{handed['id']}/result")
    assert result.json()["run"] == done["run"]
    Draft202012Validator(schema()).validate(result.json())


@pytest.mark.parametrize(
    ("suffix", "accept", "content_type", "start"),
    [
        ("", "", "application/json", b"{"),
        (".sarif", "", "application/sarif+json", b"{"),
        (".junit", "", "application/xml", b"<?xml"),
        (".md", "", "text/markdown; charset=utf-8", b"### Gate"),
        ("", "application/sarif+json", "application/sarif+json", b"{"),
        ("", "text/html, application/xml;q=0.9", "application/xml", b"<?xml"),
        ("", "text/markdown", "text/markdown; charset=utf-8", b"### Gate"),
        ("", "image/png", "application/json", b"{"),
        (".json", "text/markdown", "application/json", b"{"),
    ],
)
def test_the_result_comes_as_asked(
    sender: Client, manifest: Path, suffix: str, accept: str, content_type: str, start: bytes
) -> None:
    submission = hand_in(sender, manifest).json()["id"]
    address = f"{API}/assessments/{submission}/result{suffix}"
    early = sender.get(address, headers={"Accept": accept})
    assert (early.status_code, early.json()["code"]) == (409, "submission.no_result")
    work()
    answer = sender.get(address, headers={"Accept": accept})
    assert (answer.status_code, answer["Content-Type"]) == (200, content_type)
    assert answer.content.lstrip().startswith(start)


def test_a_manifest_with_mistakes_comes_back_with_lines(sender: Client, manifest: Path) -> None:
    changed(manifest, data={"sensitve": ["race"]}, service={"tier": "huge"})
    answer = hand_in(sender, manifest)
    assert (answer.status_code, answer.json()["code"]) == (422, "manifest.invalid")
    problems = {each["key"]: each for each in answer.json()["errors"]["problems"]}
    lines = manifest.read_text().splitlines()
    for key in ("service.tier", "data.sensitve"):
        assert key.split(".")[1] in lines[problems[key]["line"] - 1]
    assert "shield.yaml:" in answer.json()["message"]
    assert not Submission.objects.exists()


def test_a_file_that_was_not_sent_is_named_with_its_line(sender: Client, manifest: Path) -> None:
    body = {"manifest": manifest.read_text(), "files": {}}
    answer = sender.post(f"{API}/assessments/", body, content_type="application/json")
    (problem,) = answer.json()["errors"]["problems"]
    assert problem["key"] == "data.test.path"
    assert "path: test.csv" in manifest.read_text().splitlines()[problem["line"] - 1]


@pytest.mark.parametrize("path", ["../etc/passwd", "/etc/passwd", "a/../../b", "x" * 300, "."])
def test_a_path_out_of_the_folder_is_refused_and_no_folder_is_named(
    sender: Client, manifest: Path, path: str
) -> None:
    changed(manifest, data={"test": {"path": path, "format": "csv"}})
    answer = sender.post(
        f"{API}/manifests/check/",
        {"manifest": manifest.read_text()},
        content_type="application/json",
    )
    assert answer.status_code == 422
    assert "/tmp" not in answer.content.decode()
    assert "manifest-" not in answer.content.decode()


def test_a_manifest_says_which_files_it_names(sender: Client, manifest: Path) -> None:
    body = {"manifest": manifest.read_text()}
    answer = sender.post(f"{API}/manifests/check/", body, content_type="application/json").json()
    assert [(each["key"], each["path"]) for each in answer["files"]] == [
        ("data.test.path", "test.csv")
    ]
    assert answer["service"] == "credit"


def test_columns_that_are_not_there_fail_the_submission_with_lines(
    sender: Client, manifest: Path
) -> None:
    changed(manifest, data={"sensitive": ["gender"]})
    submission = hand_in(sender, manifest).json()["id"]
    work()
    done = shown(sender, submission)
    assert (done["state"], done["exit_code"]) == ("failed", 3)
    assert done["error"]["code"] == "manifest.invalid"
    assert done["error"]["errors"]["problems"][0]["key"].startswith("data.sensitive")
    assert not Service.objects.exists()


def test_a_table_that_is_none_fails_the_submission(sender: Client, manifest: Path) -> None:
    (manifest.parent / "test.csv").write_bytes(b"\x00\xff" * 500)
    submission = hand_in(sender, manifest).json()["id"]
    work()
    done = shown(sender, submission)
    assert (done["state"], done["exit_code"]) == ("failed", 3)
    assert "shield.yaml:" in done["error"]["message"]


def test_anothers_upload_cannot_be_handed_in(sender: Client, manifest: Path) -> None:
    theirs = upload(
        client(factories.user(role=Role.ENGINEER)), (manifest.parent / "test.csv").read_bytes()
    )
    body = {"manifest": manifest.read_text(), "files": {"test.csv": theirs}}
    answer = sender.post(f"{API}/assessments/", body, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["files"])


class TestUnits:
    """Where a service may be registered, and that refusals tell nothing."""

    @pytest.fixture
    def retailer(self) -> Client:
        return client(factories.user(role=Role.ENGINEER, unit=factories.unit("retail")))

    def test_in_ones_own_unit(self, retailer: Client, manifest: Path) -> None:
        changed(manifest, service={"unit": "retail"})
        assert hand_in(retailer, manifest).status_code == 201
        assert work().state_now == "finished"
        assert Service.objects.get().unit.slug == "retail"

    def test_a_foreign_service_a_foreign_unit_and_none_are_refused_alike(
        self, retailer: Client, manifest: Path
    ) -> None:
        factories.unit("payments")
        answers = []
        for unit in ("payments", "no-such-unit"):
            changed(manifest, service={"unit": unit})
            answers.append(hand_in(retailer, manifest))
        factories.service("credit", unit=factories.unit("payments"))
        changed(manifest, service={"unit": "retail"})
        answers.append(hand_in(retailer, manifest))
        answers.append(hand_in(retailer, manifest, dry_run=True))
        assert {answer.status_code for answer in answers} == {403}
        assert len({answer.content for answer in answers}) == 1
        assert not Submission.objects.exists()

    def test_a_right_that_is_lost_meanwhile_is_lost(self, retailer: Client, manifest: Path) -> None:
        changed(manifest, service={"unit": "retail"})
        submission = hand_in(retailer, manifest).json()["id"]
        Submission.objects.get(pk=submission).owner.grants.all().delete()
        done = work()
        assert (done.state_now, done.error["code"]) == ("failed", "service.not_yours")
        assert not Service.objects.exists()

    def test_a_service_that_appears_elsewhere_meanwhile_is_not_overwritten(
        self, retailer: Client, manifest: Path
    ) -> None:
        changed(manifest, service={"unit": "retail"})
        hand_in(retailer, manifest)
        theirs = factories.service("credit", unit=factories.unit("payments"))
        assert work().state_now == "failed"
        assert Service.objects.get().name == theirs.name
        assert not Version.objects.exists()

    def test_a_viewer_hands_nothing_in(self, manifest: Path) -> None:
        viewer = client(factories.user(role=Role.VIEWER))
        body = {"manifest": manifest.read_text(), "files": {}}
        assert (
            viewer.post(f"{API}/assessments/", body, content_type="application/json").status_code
            == 403
        )

    def test_submissions_of_foreign_units_are_not_there(
        self, sender: Client, manifest: Path
    ) -> None:
        factories.unit("retail")
        changed(manifest, service={"unit": "retail"})
        submission = hand_in(sender, manifest).json()["id"]
        other = client(factories.user(role=Role.ENGINEER, unit=factories.unit("payments")))
        assert other.get(f"{API}/assessments/{submission}/").status_code == 404
        assert other.get(f"{API}/assessments/{submission}/result").status_code == 404
        assert other.get(f"{API}/assessments/").json()["count"] == 0


class TestDeath:
    """A worker that dies at any moment leaves one version and one run."""

    def test_a_worker_that_died_while_registering_is_replaced(
        self, sender: Client, manifest: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        submission = hand_in(sender, manifest).json()["id"]

        def die(**_: object) -> None:
            raise SystemExit

        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(submissions, "run_start", die)
            submissions.submission_work(submission_id=submission, worker="first")
        assert Version.objects.count() == 1
        assert shown(sender, submission)["state"] == "registering"
        assert submissions.submissions_recover() == 0
        Submission.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert submissions.submissions_recover() == 1
        assert work().state_now == "finished"
        assert (Version.objects.count(), Run.objects.count()) == (1, 1)

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("step", ["register", "rehearse"])
    def test_a_slow_step_keeps_its_lease(
        self, sender: Client, manifest: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        monkeypatch.setattr(leases, "LEASE", timedelta(seconds=0.5))
        monkeypatch.setattr(leases, "RENEWED_EVERY", timedelta(seconds=0.05))
        real = getattr(submissions, step)
        brought_back = []

        def slow(**more: Any) -> Any:
            time.sleep(1.0)
            brought_back.append(submissions.submissions_recover())
            return real(**more)

        monkeypatch.setattr(submissions, step, slow)
        hand_in(sender, manifest, dry_run=step == "rehearse")
        done = work()
        assert (brought_back, done.state_now, done.attempt) == ([0], "finished", 1)

    @pytest.mark.django_db(transaction=True)
    def test_the_lease_of_a_worker_that_ended_is_renewed_no_more(
        self, sender: Client, manifest: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(leases, "RENEWED_EVERY", timedelta(seconds=0.02))
        hand_in(sender, manifest)
        work()
        assert "submission-lease" not in {thread.name for thread in threading.enumerate()}
        assert Submission.objects.get().lease_until is None

    def test_a_message_that_comes_twice_does_nothing(self, sender: Client, manifest: Path) -> None:
        submission = hand_in(sender, manifest).json()["id"]
        for _ in range(3):
            submissions.submission_work(submission_id=submission, worker=f"w{uuid.uuid4()}")
        assert Run.objects.count() == 1

    def test_a_worker_that_wakes_up_too_late_writes_nothing(
        self, sender: Client, manifest: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        submission = hand_in(sender, manifest).json()["id"]

        def overtaken(**_: object) -> None:
            Submission.objects.update(attempt=2, worker="second")
            raise ShieldError("late", "too late")

        monkeypatch.setattr(submissions, "register", overtaken)
        submissions.submission_work(submission_id=submission, worker="first")
        row = Submission.objects.get()
        assert (row.state, row.worker, row.error) == ("registering", "second", None)

    def test_after_three_deaths_it_is_given_up(self, sender: Client, manifest: Path) -> None:
        hand_in(sender, manifest)
        past = timezone.now() - timedelta(seconds=1)
        Submission.objects.update(state="registering", attempt=3, lease_until=past, worker="w")
        submissions.submissions_recover()
        assert (Submission.objects.get().state, Submission.objects.get().exit_code) == (
            "errored",
            3,
        )

    def test_a_lost_message_is_sent_again(self, sender: Client, manifest: Path) -> None:
        hand_in(sender, manifest)
        assert submissions.submissions_recover() == 0
        Submission.objects.update(enqueued_at=timezone.now() - submissions.UNHEARD * 2)
        assert submissions.submissions_recover() == 1

    def test_a_bug_is_no_verdict(
        self, sender: Client, manifest: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        submission = hand_in(sender, manifest).json()["id"]

        def broken(**_: object) -> None:
            raise KeyError("oops")

        monkeypatch.setattr(submissions, "register", broken)
        submissions.submission_work(submission_id=submission, worker="w")
        done = shown(sender, submission)
        assert (done["state"], done["exit_code"]) == ("errored", 3)


def test_waiting_ends_with_the_submission_or_the_time(
    sender: Client, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    sleep = lambda seconds: clock.append(clock[-1] + seconds)  # noqa: E731
    told = SimpleNamespace(monotonic=lambda: clock[-1], sleep=sleep)
    monkeypatch.setattr(submission_views, "time", told)
    submission = hand_in(sender, manifest).json()["id"]
    waiting = sender.get(f"{API}/assessments/{submission}/?wait=1")
    assert (waiting.json()["ended"], waiting["Retry-After"]) == (False, "2")
    assert clock[-1] == 1.0
    work()
    assert shown(sender, submission, "?wait=30")["ended"]


def test_what_is_taken_away_while_somebody_waits_is_not_there(
    sender: Client, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = hand_in(sender, manifest).json()["id"]
    monkeypatch.setattr(submission_views.time, "sleep", lambda s: Submission.objects.all().delete())
    assert sender.get(f"{API}/assessments/{submission}/?wait=5").status_code == 404


@pytest.mark.parametrize("wait", ["-1", "soon", "1.5", "9999999"])
def test_a_wait_that_is_none_is_refused(sender: Client, manifest: Path, wait: str) -> None:
    submission = hand_in(sender, manifest).json()["id"]
    assert sender.get(f"{API}/assessments/{submission}/?wait={wait}").status_code == 400


def test_old_submissions_are_forgotten_and_what_they_registered_stays(
    sender: Client, manifest: Path
) -> None:
    hand_in(sender, manifest)
    work()
    Submission.objects.update(created_at=timezone.now() - submissions.KEPT * 2)
    assert submissions.submissions_sweep() == 1
    assert Run.objects.count() == 1


def test_a_list_takes_the_same_queries_however_long_it_is(
    sender: Client, manifest: Path, django_assert_num_queries: Any
) -> None:
    for label in range(5):
        changed(manifest, model={"version": str(label)})
        hand_in(sender, manifest)
    sender.get(
        f"{API}/assessments/"
    )  # the first request of a minute notes that the session is used
    with django_assert_num_queries(6):  # session, user, grants, count, keys, rows
        assert sender.get(f"{API}/assessments/").json()["count"] == 5
