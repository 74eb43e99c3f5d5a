"""The pages of submissions: found, narrowed, read, and told what to do next."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Submission
from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.records.models import Run
from shield.uploads.services import upload_start
from tests import factories
from tests.support.handing_in import API, changed, client, hand_in, handed_in, work

pytestmark = pytest.mark.django_db
LIST = "/runs/submissions/"


@pytest.fixture
def run() -> Run:
    return factories.run()


def labels(sender: Client, query: str) -> set[str]:
    text = sender.get(f"{LIST}?export=csv&{query}").getvalue().decode("utf-8-sig")
    return {row["version"] for row in csv.DictReader(io.StringIO(text))}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"real", "dry", "wrong", "broken", "waiting"}),
        ("state=finished", {"real", "dry"}),
        ("state=failed&state=queued", {"wrong", "waiting"}),
        ("state=running", set()),
        ("kind=dry_run", {"dry"}),
        ("kind=assessment&state=errored", {"broken"}),
        ("who=me", {"real", "dry", "wrong", "broken", "waiting"}),
        ("who=nobody", set()),
        ("service=mortgage", {"real", "dry", "wrong", "broken", "waiting"}),
        ("service=zzz", set()),
        ("q=waiting", {"waiting"}),
        ("q=abc", {"real", "dry", "wrong", "broken", "waiting"}),  # the commit
        ("created=1", {"real", "dry", "wrong", "broken", "waiting"}),
    ],
)
def test_the_list_is_narrowed_by_what_people_know(
    sender: Client, engineer: User, run: Run, query: str, found: set[str]
) -> None:
    handed_in(engineer, run, "abc")
    assert labels(sender, query) == found


@pytest.mark.parametrize("length", [3, 8, 9, 13, 30, 36])
def test_it_is_found_by_the_beginning_of_its_id(
    sender: Client, engineer: User, run: Run, length: int
) -> None:
    handed_in(engineer, run, "abc")
    key = str(Submission.objects.get(version_label="waiting").pk)[:length]
    assert "waiting" in labels(sender, f"q={key}")
    assert labels(sender, f"q={str(run.pk)[:20]}") == set()
    runs = sender.get(f"/runs/?export=csv&q={str(run.pk)[:length]}").getvalue().decode()
    assert str(run.pk) in runs


def test_a_run_on_its_way_counts_as_running(sender: Client, engineer: User) -> None:
    handed_in(engineer, factories.run(state="running"), "abc")
    assert labels(sender, "state=running") == {"real"}


def test_a_mistake_is_said_with_its_line_and_what_to_do(sender: Client, manifest: Path) -> None:
    changed(manifest, data={"sensitive": ["gender"]})
    answer = hand_in(sender, manifest).json()
    work()
    page = sender.get(reverse("submission-detail", args=[answer["id"]])).content.decode()
    assert answer["html_url"].endswith(reverse("submission-detail", args=[answer["id"]]))
    assert "shield.yaml:" in page
    assert "data.sensitive" in page
    assert "start the job again" in page


def test_a_submission_and_its_run_lead_to_each_other(sender: Client, manifest: Path) -> None:
    submission = hand_in(sender, manifest).json()["id"]
    done = work()
    assert done.run is not None
    here, there = done.get_absolute_url(), done.run.get_absolute_url()
    assert there in sender.get(here).content.decode()
    assert here in sender.get(there).content.decode()
    for form in ("json", "sarif", "junit", "md"):
        address = f"{API}/assessments/{submission}/result.{form}"
        assert address in sender.get(here).content.decode()
        assert sender.get(address).status_code == 200


def test_a_dry_run_shows_what_did_not_pass(sender: Client, manifest: Path) -> None:
    submission = hand_in(sender, manifest, dry_run=True).json()["id"]
    work()
    page = sender.get(reverse("submission-detail", args=[submission])).content.decode()
    assert "What did not pass in this dry run" in page
    assert "fairness." in page
    assert "nothing was registered" in page


@pytest.mark.parametrize(("address", "shown"), [("https://ci.example.org/1", True),
                                                ("javascript:alert(1)", False)])  # fmt: skip
def test_only_addresses_of_the_web_become_links(
    sender: Client, engineer: User, run: Run, address: str, shown: bool
) -> None:
    handed_in(engineer, run, "abc")
    row = Submission.objects.get(version_label="real")
    Submission.objects.filter(pk=row.pk).update(source={"job_url": address})
    page: Any = sender.get(row.get_absolute_url())
    assert (f'href="{address}"' in page.content.decode()) is shown


def test_everybody_sees_their_own_uploads_alone(sender: Client, engineer: User) -> None:
    other = factories.user(role=Role.ENGINEER)
    upload_start(owner=engineer, name="mine.csv", size=5, sha256="0" * 64)
    upload_start(owner=other, name="theirs.csv", size=5, sha256="0" * 64)
    page = sender.get(LIST).content.decode()
    assert "mine.csv" in page
    assert "theirs.csv" not in page
    assert "mine.csv" not in client(factories.user(role=Role.VIEWER)).get(LIST).content.decode()
