"""The gate of a finished run as it is now: its own measurements and policy, and today's decisions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from shield.accounts.choices import Role
from shield.evidence.measurement import Measurement
from shield.evidence.outcome import Outcome
from shield.evidence.policy import Policy
from shield.findings import services
from shield.findings.models import Acceptance, Finding
from shield.findings.proposals import Terms
from shield.records.choices import RunKind, RunState
from shield.records.models import Run
from shield.risk.defaults import tier_policy
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db

FAILED = next(item for item in sample.loan_measurements() if item.outcome is Outcome.FAIL)
POLICY = Policy("p", "1", ("fairness",), sample.policy().fail_on, {})


@pytest.fixture
def engineer() -> APIClient:
    made = APIClient()
    made.force_authenticate(factories.user(role=Role.ENGINEER))
    return made


@pytest.fixture
def run(db: None) -> Run:
    made = factories.run(factories.version(), [FAILED], policy=POLICY)
    services.findings_update(run=made)
    return made


@pytest.fixture
def accept(run: Run) -> Callable[[], Acceptance]:
    def accepted() -> Acceptance:
        row = services.acceptance_propose(
            finding=Finding.objects.get(),
            terms=Terms("accept", "justified", "Known.", timezone.now() + timedelta(days=30)),
            actor=factories.user(role=Role.RISK_OFFICER),
        )
        return services.acceptance_approve(
            acceptance=row, note="Agreed.", actor=factories.user(role=Role.APPROVER)
        )

    return accepted


def gate(client: APIClient, run: Run) -> dict:
    answer = client.get(f"/api/v1/runs/{run.pk}/gate/")
    assert answer.status_code == 200, answer.data
    return answer.json()


def test_an_acceptance_that_was_approved_since_covers(engineer, run, accept) -> None:
    assert gate(engineer, run)["exit"] == 1
    accept()
    now = gate(engineer, run)
    assert (now["exit"], now["outcome"], now["run"]) == (0, "pass", str(run.pk))
    assert now["accepted_risks"][0]["finding"] == Finding.objects.get().label


def test_an_acceptance_that_has_ended_since_covers_nothing(engineer, run, accept) -> None:
    row = accept()
    assert gate(engineer, run)["exit"] == 0
    begun = timezone.now() - timedelta(days=40)
    Acceptance.objects.filter(pk=row.pk).update(
        proposed_at=begun, expires_at=begun + timedelta(days=30)
    )
    now = gate(engineer, run)
    assert (now["exit"], now["accepted"], now["accepted_risks"]) == (1, [], [])


def test_a_confirmed_false_positive_is_told_as_one(engineer, run) -> None:
    claim = services.false_positive_propose(
        finding=Finding.objects.get(), category="wrong_label", reason="Swapped.", evidence="T-12",
        actor=factories.user(),
    )  # fmt: skip
    assert gate(engineer, run)["exit"] == 1
    services.false_positive_confirm(
        claim=claim, note="Yes.", actor=factories.user("olga", Role.RISK_OFFICER)
    )
    now = gate(engineer, run)
    assert (now["exit"], now["accepted_risks"]) == (0, [])
    (told,) = now["false_positives"]
    assert (told["finding"], told["confirmed_by"]) == (Finding.objects.get().label, "olga")


def test_it_is_the_answer_that_the_run_had_when_it_ended(engineer) -> None:
    """A required check without a record leaves it open; one for another kind of target does not."""
    passed: list[Measurement] = [factories.passing(FAILED)]
    policy = tier_policy("high")
    required = {check for check, rule in policy.rules.items() if rule.required}
    assert len(required) > 1
    run = factories.run(factories.version(), passed, policy=policy)
    assert gate(engineer, run)["outcome"] == "inconclusive"
    regression = {
        "performance.r2": next(iter(policy.rules.values())).as_json() | {"required": True}
    }
    Run.objects.filter(pk=run.pk).update(policy=POLICY.as_json() | {"rules": regression})
    assert gate(engineer, run)["outcome"] == "pass"


def test_of_what_was_pushed_only_what_was_sent_is_asked(engineer, run) -> None:
    Run.objects.filter(pk=run.pk).update(kind=RunKind.PUSHED)
    assert gate(engineer, run)["exit"] == 1


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.FAILED])
def test_a_run_that_did_not_finish_has_no_gate(engineer, state) -> None:
    run = factories.run(state=state)
    answer = engineer.get(f"/api/v1/runs/{run.pk}/gate/")
    assert (answer.status_code, answer.json()["code"]) == (409, "run.no_result")


def test_a_run_of_another_unit_is_not_there(run) -> None:
    stranger = APIClient()
    stranger.force_authenticate(factories.user(unit=factories.unit("elsewhere")))
    assert stranger.get(f"/api/v1/runs/{run.pk}/gate/").status_code == 404


def test_queries_do_not_grow_with_what_was_measured(engineer, run) -> None:
    def queries(of: Run) -> int:
        gate(engineer, of)
        with CaptureQueriesContext(connection) as captured:
            gate(engineer, of)
        return len(captured)

    many = factories.run(run.version, sample.loan_measurements(), policy=POLICY)
    assert queries(many) == queries(run) <= 12
