"""Metrics of other tools: all or nothing, never twice, judged here, and never closing what is not theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from jsonschema import Draft202012Validator

from assessments.models import PushedPoint
from shield.accounts.choices import Role
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.records.models import MeasurementRecord, Run
from shield.registry.models import Version
from shield.reports.result import result_document, schema
from shield.risk.models import Standing
from tests import factories
from tests.support.handing_in import API, client

pytestmark = pytest.mark.django_db
TOXICITY = "external.giskard.toxicity"


@pytest.fixture
def version() -> Version:
    made = factories.version(label="1")
    made.manifest["policy"] = {TOXICITY: {"max": 0.1}}
    made.save()
    return made


@pytest.fixture
def sender() -> Client:
    return client(factories.user(role=Role.ENGINEER))


def point(**more: Any) -> dict[str, Any]:
    return {
        "service": "mortgage-approval", "version": "1", "check": TOXICITY, "value": 0.2,
        "interval": [0.15, 0.25], "n": 500, "unit": "rate", "source": "giskard 3.1",
    } | more  # fmt: skip


def push(sender: Client, *points: dict[str, Any], status: int = 200, **headers: str) -> Any:
    body = points[0] if len(points) == 1 else {"points": list(points)}
    answer = sender.post(f"{API}/metrics/", body, content_type="application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return answer.json()


def judgements(answer: Any) -> list[str]:
    return [each["judgement"] for each in answer["points"]]


def wrong(answer: Any) -> set[tuple[int, str]]:
    return {(each["index"], each["field"]) for each in answer["errors"]["problems"]}


def test_a_value_beyond_its_limit_opens_a_finding_and_a_good_one_resolves_it(
    sender: Client, version: Version
) -> None:
    assert judgements(push(sender, point())) == ["fail"]
    finding = Finding.objects.get()
    assert (finding.check_id, finding.state, finding.pillar) == (TOXICITY, "open", "external")
    assert judgements(push(sender, point(value=0.02, interval=[0.01, 0.03]))) == ["pass"]
    finding.refresh_from_db()
    assert finding.state == "resolved"


def test_a_push_is_a_run_with_its_source(sender: Client, version: Version) -> None:
    answer = push(sender, point(), point(check="external.giskard.latency", unit="s"))
    run = Run.objects.get()
    assert {each["run"] for each in answer["points"]} == {str(run.pk)}
    assert (run.kind, run.source, run.state, run.outcome) == (
        "pushed",
        "giskard 3.1",
        "finished",
        "fail",
    )
    assert run.gate["exit"] == 1
    Draft202012Validator(schema()).validate(result_document(run))
    page = sender.get(run.get_absolute_url())
    assert page.status_code == 200
    assert b"giskard 3.1" in page.content


def test_a_push_is_no_assessment(sender: Client, version: Version) -> None:
    push(sender, point(value=0.02, interval=[0.01, 0.03]))
    assert Standing.objects.get(service=version.service).last_run is None


def test_it_leaves_other_findings_alone(sender: Client, version: Version) -> None:
    findings_update(run=factories.run(version))
    before = list(Finding.objects.order_by("pk").values_list("pk", "state"))
    push(sender, point(value=0.02, interval=[0.01, 0.03]))
    assert list(Finding.objects.order_by("pk").values_list("pk", "state")) == before


def test_without_a_limit_it_is_descriptive_and_says_so(sender: Client, version: Version) -> None:
    answer = push(sender, point(check="external.giskard.latency"))
    assert judgements(answer) == ["no_threshold"]
    item = MeasurementRecord.objects.get()
    assert (item.outcome, "no limit is set" in item.sentence) == (None, True)


def test_without_an_interval_it_is_never_judged(sender: Client, version: Version) -> None:
    assert judgements(push(sender, point(interval=None))) == ["no_interval"]
    assert not Finding.objects.exists()
    assert "without an interval" in MeasurementRecord.objects.get().sentence


def test_what_comes_late_is_kept_and_judges_nothing(sender: Client, version: Version) -> None:
    now = timezone.now()
    push(sender, point(at=now.isoformat()))
    late = point(value=0.0, interval=[0.0, 0.01], at=(now - timedelta(days=1)).isoformat())
    assert judgements(push(sender, late)) == ["late"]
    assert Finding.objects.get().state == "open"


def test_the_same_point_again_does_nothing(sender: Client, version: Version) -> None:
    fixed = point(at=timezone.now().isoformat())
    push(sender, fixed)
    assert judgements(push(sender, fixed)) == ["known"]
    assert (Run.objects.count(), PushedPoint.objects.count()) == (1, 1)


def test_the_same_moment_with_another_value_is_refused(sender: Client, version: Version) -> None:
    at = timezone.now().isoformat()
    push(sender, point(at=at))
    answer = push(sender, point(at=at, value=0.21), status=422)
    assert wrong(answer) == {(0, "value")}


def test_one_wrong_point_keeps_all_out(sender: Client, version: Version) -> None:
    batch = [point(slice={"group": str(number)}) for number in range(5)]
    batch[3]["value"] = "high"
    batch[4]["check"] = "fairness.auc_gap"
    answer = push(sender, *batch, status=422)
    assert wrong(answer) == {(3, "value"), (4, "check")}
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"check": "fairness.selection_rate_ratio"}, "check"),
        ({"check": "external.x"}, "check"),
        ({"check": "external.Giskard.x"}, "check"),
        ({"value": None}, "value"),
        ({"value": True}, "value"),
        ({"value": "NaN"}, "value"),
        ({"value": 10**400}, "value"),
        ({"interval": [0.3, 0.4]}, "interval"),
        ({"interval": [0.1]}, "interval"),
        ({"interval": [None, None]}, "interval"),
        ({"confidence": 1.5}, "confidence"),
        ({"n": -1}, "n"),
        ({"source": "a\x07b"}, "source"),
        ({"slice": {"race": ["x"]}}, "slice"),
        ({"slice": {str(n): "x" for n in range(6)}}, "slice"),
        ({"at": "yesterday"}, "at"),
        ({"service": "no-such-service"}, "service"),
        ({"version": "99"}, "version"),
    ],
)
def test_mistakes_are_named(
    sender: Client, version: Version, facts: dict[str, Any], field: str
) -> None:
    assert wrong(push(sender, point(**facts), status=422)) == {(0, field)}
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("shift", "accepted"),
    [
        (timedelta(minutes=4), True),
        (timedelta(minutes=6), False),
        (-timedelta(days=399), True),
        (-timedelta(days=401), False),
    ],
)
def test_clocks_may_differ_a_little(
    sender: Client, version: Version, shift: timedelta, accepted: bool
) -> None:
    at = (timezone.now() + shift).isoformat()
    push(sender, point(at=at), status=200 if accepted else 422)


def test_a_series_comes_one_batch_a_moment(sender: Client, version: Version) -> None:
    now = timezone.now()
    batch = [point(at=(now - timedelta(hours=hour)).isoformat()) for hour in range(2)]
    assert wrong(push(sender, *batch, status=422)) == {(1, "slice")}


def test_a_retired_service_takes_nothing(sender: Client, version: Version) -> None:
    version.service.retired_at = timezone.now()
    version.service.save()
    assert wrong(push(sender, point(), status=422)) == {(0, "service")}


def test_a_foreign_service_is_as_if_it_were_not_there(version: Version) -> None:
    other = client(factories.user(role=Role.ENGINEER, unit=factories.unit("payments")))
    foreign = push(other, point(), status=422)
    none = push(other, point(service="no-such-service"), status=422)
    assert foreign == none


def test_a_batch_may_concern_several_services(sender: Client, version: Version) -> None:
    factories.version(factories.service("other"), label="1")
    answer = push(sender, point(), point(service="other"), point(source="another tool",
                  check="external.another.x"))  # fmt: skip
    assert len({each["run"] for each in answer["points"]}) == 3
    assert Run.objects.count() == 3


@pytest.mark.parametrize(
    "body", [[], [1], {"points": []}, {"points": "x"}, {"points": [{}] * 1001}]
)
def test_what_is_no_batch_is_refused(sender: Client, body: object) -> None:
    answer = sender.post(f"{API}/metrics/", body, content_type="application/json")
    assert answer.status_code == 400


def test_points_that_are_none_are_named(sender: Client) -> None:
    answer = push(sender, {"points": [1, None, []]}, status=422)
    assert {each["index"] for each in answer["errors"]["problems"]} == {0, 1, 2}


def test_a_limit_for_what_is_pushed_is_no_question_of_a_run() -> None:
    from assessments.core.subject import Task
    from assessments.finishing import run_gate
    from shield.evidence.measurement import Threshold
    from shield.evidence.policy import Rule

    run = factories.run()
    rows = list(
        MeasurementRecord.objects.filter(check_record__run=run).select_related("check_record")
    )
    before = run_gate(run, Task.BINARY, list(run.checks.all()), rows)
    run.policy["rules"][TOXICITY] = Rule(Threshold(max=0.1), required=True).as_json()
    assert run_gate(run, Task.BINARY, list(run.checks.all()), rows) == before
