"""What another tool pushes is never taken for the latest assessment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from shield.accounts.choices import Role
from shield.evidence.measurement import Interval, Measurement
from shield.evidence.outcome import Outcome
from shield.frameworks.facts import known_of
from shield.records.models import Run
from shield.records.pushed import PushedCheck, run_push
from shield.registry.badges import badge_issue
from shield.registry.changes import SERVICE_CHANGED
from shield.risk.defaults import tier_policy
from shield.risk.policies.scope import PastRun, Question, past_runs
from shield.web.selectors import runs_latest, services_overview
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db
TOXICITY = "external.giskard.toxicity"


def push(of: Run, check: str = TOXICITY, source: str = "giskard 3.1") -> Run:
    """A finished run of another tool, later than everything before it."""
    value = Measurement(check, 0.5, Interval(0.4, 0.6), n=500, unit="rate", outcome=Outcome.FAIL)
    return run_push(
        version=of.version, source=source, checks=[PushedCheck(check, "Toxicity", [value])],
        policy=sample.policy(), gate={"outcome": "fail", "reasons": []},
        measured_at=timezone.now(), actor="ci",
    )  # fmt: skip


@pytest.fixture
def assessed() -> Run:
    run = factories.run(policy=tier_policy("high"))
    then = timezone.now() - timedelta(hours=2)
    Run.objects.filter(pk=run.pk).update(queued_at=then, finished_at=then, outcome="pass")
    SERVICE_CHANGED.tell([run.service_id])
    return run


@pytest.fixture
def officer() -> Client:
    client = Client()
    client.force_login(factories.user("olga", role=Role.RISK_OFFICER))
    return client


def past(of: Run) -> list[PastRun]:
    policy = tier_policy(of.service.tier)
    return past_runs(Question(policy, policy, of.service.tier), days=90, now=timezone.now())


def test_a_back_test_sees_the_assessment_as_the_latest_run(assessed: Run) -> None:
    pushes = [push(assessed), push(assessed), push(assessed, source="garak 0.9")]
    found = {run.pk: run.latest for run in past(assessed)}
    assert found == {assessed.pk: True} | {
        run.pk: latest for run, latest in zip(pushes, (False, True, True), strict=True)
    }


def test_an_older_assessment_is_held_to_a_proposal_although_pushes_came_later(
    assessed: Run,
) -> None:
    Run.objects.filter(pk=assessed.pk).update(finished_at=timezone.now() - timedelta(days=60))
    push(assessed)
    assert [run.latest for run in past(assessed)] == [True, True]


def test_frameworks_count_no_pushed_value_even_under_a_name_of_our_own(assessed: Run) -> None:
    push(assessed, check=sample.RATIO)
    (known,) = known_of([assessed.service])
    assert known.checks[sample.RATIO].run == str(assessed.pk)
    assert TOXICITY not in known.checks


def test_home_lists_assessments(assessed: Run, officer: Client) -> None:
    for _ in range(10):
        push(assessed)
    user = factories.user("anna", role=Role.RISK_OFFICER)
    assert [run.pk for run in runs_latest(user)] == [assessed.pk]


def test_the_overview_and_the_badge_show_the_assessment(assessed: Run) -> None:
    badge = badge_issue(service=assessed.service, actor="olga")
    address = f"/badge/{assessed.service.slug}.svg?token={badge.token}"
    before = Client().get(address).content
    push(assessed)
    assert Client().get(address).content == before
    assert vars(services_overview().get())["last_run_id"] == assessed.pk


def test_a_comparison_offers_runs_of_one_kind(assessed: Run, officer: Client) -> None:
    pushed = push(assessed)
    offered = officer.get("/runs/compare/").context["offered"]
    assert [run.pk for run in offered] == [assessed.pk]
    offered = officer.get(f"/runs/compare/?before={pushed.pk}").context["offered"]
    assert [run.pk for run in offered] == [pushed.pk]


def test_the_run_before_is_of_the_same_kind_and_tool(assessed: Run, officer: Client) -> None:
    first, _, last = push(assessed), push(assessed, source="garak 0.9"), push(assessed)
    again = factories.run(assessed.version)
    before = {
        run.pk: officer.get(run.get_absolute_url()).context["previous"]
        for run in (first, last, again)
    }
    assert before == {first.pk: None, last.pk: first, again.pk: assessed}


def test_the_gate_of_a_version_is_that_of_its_assessment(assessed: Run, officer: Client) -> None:
    push(assessed)
    query = "state=finished&kind=assessed&ordering=-finished_at&page_size=1"
    (run,) = officer.get(f"/api/v1/runs/?{query}").json()["results"]
    assert run["id"] == str(assessed.pk)


def test_evidence_in_production_is_the_assessment(assessed: Run, officer: Client) -> None:
    factories.deployment(assessed.version)
    pushed = push(assessed)
    page = officer.get("/in-production/").content.decode()
    assert str(assessed.pk) in page
    assert str(pushed.pk) not in page
