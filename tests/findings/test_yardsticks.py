"""Every value in a file, in the API and in the chart comes with what it is to be read with."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from shield.accounts.choices import Role
from shield.findings import services
from shield.findings.history import finding_history
from shield.findings.models import Finding
from shield.findings.proposals import Terms
from shield.records.models import MeasurementRecord, Run
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return factories.user("olga", role=Role.RISK_OFFICER)


@pytest.fixture
def client(officer):
    made = Client()
    made.force_login(officer)
    return made


@pytest.fixture
def finding():
    return factories.finding()


@pytest.fixture
def acceptance(finding, officer):
    now = timezone.now()
    terms = Terms(
        "mitigate", "other", "x", now + timedelta(days=60), "", (now + timedelta(9)).date()
    )
    return services.acceptance_propose(finding=finding, terms=terms, actor=officer)


def _file(client: Client, address: str) -> list[dict[str, str]]:
    answer = b"".join(client.get(address).streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(answer.splitlines()))


@pytest.mark.parametrize("which", ["findings", "acceptances"])
def test_a_file_says_limit_certainty_baseline_run_and_date(
    client, finding, acceptance, which
) -> None:
    MeasurementRecord.objects.filter(pk=finding.measurement_id).update(
        reference={"race": "white"}, confidence=0.9, simultaneous=True
    )
    (row,) = _file(client, f"/{which}/?export=csv&show=" + ("all" if which == "findings" else ""))
    measured = MeasurementRecord.objects.get(pk=finding.measurement_id)
    run = finding.last_run
    assert row["threshold_max"] == str(measured.threshold_max)
    assert (row["confidence"], row["simultaneous"]) == ("0.9", "True")
    assert row["compared_with"] == "race = white"
    assert (row["run"], row["measured_at"]) == (str(run.pk), run.finished_at.isoformat())
    assert row["n"] == str(measured.n)
    assert row["method"] == measured.method


def test_the_file_of_acceptances_says_when_the_repair_is_promised(client, acceptance) -> None:
    (row,) = _file(client, "/acceptances/?export=csv")
    assert row["mitigate_by"] == acceptance.mitigate_by.isoformat()


@pytest.mark.parametrize("name", ["findings", "acceptances"])
def test_the_api_says_the_same(client, finding, acceptance, name) -> None:
    (row,) = client.get(f"/api/v1/{name}/").json()["results"]
    found = row["measurement"]
    measured = finding.measurement
    assert found["threshold"] == {"min": measured.threshold_min, "max": measured.threshold_max}
    assert (found["method"], found["simultaneous"]) == (measured.method, measured.simultaneous)
    assert found["reference"] == measured.reference
    assert found["measured_at"][:19] == finding.last_run.finished_at.isoformat()[:19]


def _measured_again(finding: Finding, days_ago: float, **run: object) -> Run:
    made = factories.run(finding.last_run.version)
    at = timezone.now() - timedelta(days=days_ago)
    Run.objects.filter(pk=made.pk).update(**run or {"started_at": at, "finished_at": at})
    return Run.objects.get(pk=made.pk)


def test_a_pushed_value_stands_at_the_time_at_which_it_was_measured(finding) -> None:
    long_ago = timezone.now() - timedelta(days=40)
    pushed = _measured_again(finding, 0, kind="pushed", started_at=long_ago)
    history = finding_history(finding)
    assert history.chart["time"][0] == pytest.approx(long_ago.timestamp())
    assert history.points[0].check_record.run_id == pushed.pk


def test_each_point_has_the_limit_that_judged_it(finding) -> None:
    MeasurementRecord.objects.filter(check_record__run=finding.last_run).update(threshold_max=0.3)
    _measured_again(finding, 0)
    chart = finding_history(finding).chart
    assert chart["max"][0] == 0.3
    assert chart["max"][1] != 0.3


def test_the_api_narrows_findings_by_age_and_opening(client, finding) -> None:
    old = factories.finding(finding.last_run, opened_at=timezone.now() - timedelta(days=50))
    border = (timezone.now() - timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def listed(query: str) -> set[int]:
        return {row["id"] for row in client.get(f"/api/v1/findings/?{query}").json()["results"]}

    assert listed("age=7") == {finding.pk}
    assert listed("age=90") == {old.pk}
    assert listed(f"opened_after={border}") == {finding.pk}
    assert listed(f"opened_before={border}") == {old.pk}
    assert client.get("/api/v1/findings/?age=3").status_code == 400


@pytest.mark.parametrize("name", ["acceptances", "false-positives"])
def test_the_api_narrows_decisions_by_severity_and_words(client, officer, finding, name) -> None:
    if name == "acceptances":
        terms = Terms("accept", "other", "Zebra crossing", timezone.now() + timedelta(days=60))
        made = services.acceptance_propose(finding=finding, terms=terms, actor=officer)
    else:
        made = services.false_positive_propose(
            finding=finding, category="other", reason="Zebra crossing", evidence="y", actor=officer
        )
    other = {"critical", "high"} - {made.severity}

    def total(query: str) -> int:
        return int(client.get(f"/api/v1/{name}/?{query}").json()["count"])

    assert (total(f"severity={made.severity}"), total(f"severity={other.pop()}")) == (1, 0)
    assert (total("search=zebra"), total("search=giraffe")) == (1, 0)
