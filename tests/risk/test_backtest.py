"""What a proposed policy would have said of the past, counted by hand on the mortgage example."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.models import User
from shield.evidence.measurement import Interval
from shield.findings.models import Acceptance, FalsePositive, Finding
from shield.findings.proposals import measured
from shield.findings.services import findings_update
from shield.records.models import Run
from shield.registry.models import Service
from shield.risk.defaults import tier_policy
from shield.risk.models import PolicyChange
from shield.risk.policies import backtests
from shield.risk.policies.backtest import Report, backtest
from shield.risk.policies.backtests import backtest_again, backtest_run
from shield.risk.policies.documents import policy_of
from shield.risk.policies.models import BacktestState
from shield.risk.policies.proposals import policy_propose
from shield.risk.policies.scope import Question
from tests import factories
from tests import sample_measurements as sample
from tests.risk.conftest import DIFFERENCE, RATIO, changed

pytestmark = pytest.mark.django_db


def question(**rules: Any) -> Question:
    old = tier_policy("high")
    return Question(old, policy_of(changed(**rules), base=old), "high")


def ask(question_: Question, **more: Any) -> Report:
    return backtest(question_, days=180, now=timezone.now(), **more)


def aged(run: Run, days: int) -> Run:
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=days))
    return run


def another(service: Service, label: str) -> Run:
    return factories.run(factories.version(service, label), policy=tier_policy("high"))


def test_it_says_which_outcomes_would_have_been_others(failed: Run) -> None:
    """Ratios: black [0.668, 0.819], hispanic [0.738, 0.931], female [0.929, 1.035]; limit 0.8 → 0.95:
    black is inconclusive and would fail, hispanic is inconclusive and would fail, female passes and
    would be inconclusive."""
    report = ask(question(**{RATIO: {"threshold": {"min": 0.95}, "grave": None}})).as_json()
    assert report["runs"] == report["services"] == 1
    assert {(each["from"], each["to"]): each["count"] for each in report["outcomes"]["by"]} == {
        ("inconclusive", "fail"): 2, ("pass", "inconclusive"): 1,
    }  # fmt: skip
    assert report["outcomes"]["total"] == 3
    slices = [each["slice"] for each in report["outcomes"]["examples"]]
    assert {"race": "black"} in slices
    example = report["outcomes"]["examples"][0]
    assert example["run"] == str(failed.pk)
    assert example["service"] == "mortgage-approval"
    assert report["opens"]["total"] == 2
    assert report["unseen"] == []


def test_what_is_the_same_is_not_told(failed: Run) -> None:
    report = ask(question(**{RATIO: {"threshold": {"min": 0.8}}}))
    assert report.changes.total() == report.opened == report.gate_changes == 0
    assert report.measurements > 0


def test_a_limit_that_nobody_has_measured_is_named(failed: Run) -> None:
    asked = question(performance__f1={"threshold": {"min": 0.5}})
    assert ask(asked).unseen == ["performance.f1"]


def test_a_finding_that_is_open_already_is_not_opened(failed: Run) -> None:
    ratio = failed.checks.get(check_id=sample.RATIO).measurements.get(slice={"race": "black"})
    asked = question(**{RATIO: {"threshold": {"min": 0.95}, "grave": None}})
    before = ask(asked).opened
    known = Finding.objects.first()
    Finding.objects.filter(pk=known.pk).update(check_id=sample.RATIO, slice_key=ratio.slice_key)
    assert ask(asked).opened == before - 1


def test_the_gate_is_asked_again(service: Service) -> None:
    """Only ratios, none of which fails: inconclusive as required; with 0.95 two fail."""
    found = [each for each in sample.loan_measurements() if each.check == sample.RATIO]
    factories.run(factories.version(service), found, policy=tier_policy("high"))
    report = ask(question(**{RATIO: {"threshold": {"min": 0.95}, "grave": None}}))
    assert [(each["from"], each["to"]) for each in report.gates] == [("inconclusive", "fail")]
    lax = {RATIO: {"threshold": {"min": 0.6}, "grave": None}}
    assert ask(question(**lax)).gates == []  # other checks are required, and nobody ran them
    alone = ask(only(question(**lax), sample.RATIO))
    assert [(each["from"], each["to"]) for each in alone.gates] == [("inconclusive", "pass")]


def only(asked: Question, check: str) -> Question:
    """The same question as if the tier had no rule but this one."""
    old, new = (
        replace(policy, rules={check: policy.rules[check]}) for policy in (asked.old, asked.new)
    )
    return replace(asked, old=old, new=new)


def test_what_is_required_of_another_kind_of_target_is_not_missed(service: Service) -> None:
    found = [factories.passing(each) for each in sample.loan_measurements()
             if each.check == sample.DIFFERENCE]  # fmt: skip
    run = factories.run(factories.version(service), found, policy=tier_policy("high"))
    asked = only(question(**{DIFFERENCE: {"threshold": {"min": -0.001, "max": 0.001}}}),
                 sample.DIFFERENCE)  # fmt: skip
    rule = replace(asked.old.rules[sample.DIFFERENCE], required=True)

    def gates(more: str) -> list[tuple[object, object]]:
        sides = (replace(each, rules={**each.rules, more: rule}) for each in (asked.old, asked.new))
        report = ask(replace(asked, **dict(zip(("old", "new"), sides, strict=True))))
        return [(each["from"], each["to"]) for each in report.gates]

    assert gates("performance.r2") == [("pass", "inconclusive")]
    assert gates("performance.f1") == []  # inconclusive before and after
    Run.objects.filter(pk=run.pk).update(kind="pushed", source="another tool")
    assert gates("performance.f1") == [("pass", "inconclusive")]


def test_an_accepted_failure_does_not_fail_the_gate_before_or_after(service: Service) -> None:
    found = [each for each in sample.loan_measurements() if each.slice == {"race": "black"}
             and each.check == sample.DIFFERENCE]  # fmt: skip
    run = factories.run(factories.version(service), found, policy=tier_policy("high"))
    findings_update(run=run)
    milder = only(
        question(**{DIFFERENCE: {"severity": "low", "grave": None, "grave_severity": "low"}}),
        sample.DIFFERENCE,
    )
    fails = [("fail", "pass")]
    assert [(each["from"], each["to"]) for each in ask(milder).gates] == fails
    Finding.objects.update(state="accepted")  # a state alone is no decision
    assert [(each["from"], each["to"]) for each in ask(milder).gates] == fails
    decided = dict(
        finding=Finding.objects.get(), status="active", proposer=factories.user(),
        decider=factories.user(), proposed_at=timezone.now() - timedelta(days=20),
        expires_at=timezone.now() + timedelta(days=1), **measured(Finding.objects.get()),
    )  # fmt: skip
    row = Acceptance.objects.create(**decided)
    assert ask(milder).gates == []
    Acceptance.objects.update(severity="low")  # what was measured is graver than what was accepted
    assert [(each["from"], each["to"]) for each in ask(milder).gates] == fails
    Acceptance.objects.update(severity=row.severity)
    worse = replace(found[0], value=-0.9, interval=Interval(-0.95, -0.85))
    factories.run(run.version, [worse], policy=tier_policy("high"))
    assert [(each["from"], each["to"]) for each in ask(milder).gates] == fails
    ended = timezone.now() - timedelta(days=1)
    Acceptance.objects.update(proposed_at=ended - timedelta(days=9), expires_at=ended)
    assert [(each["from"], each["to"]) for each in ask(milder).gates] == 2 * fails


def test_a_confirmed_false_positive_does_not_fail_the_gate_either(service: Service) -> None:
    found = next(each for each in sample.loan_measurements() if each.slice == {"race": "black"}
                 and each.check == sample.DIFFERENCE)  # fmt: skip
    run = factories.run(factories.version(service), [found], policy=tier_policy("high"))
    findings_update(run=run)
    milder = only(
        question(**{DIFFERENCE: {"severity": "low", "grave": None, "grave_severity": "low"}}),
        sample.DIFFERENCE,
    )
    assert ask(milder).gate_changes == 1
    finding = Finding.objects.get()
    FalsePositive.objects.create(
        finding=finding, status="confirmed", proposer=factories.user(), decider=factories.user(),
        decided_at=timezone.now(), category="wrong_label", evidence="x", **measured(finding),
    )  # fmt: skip
    assert ask(milder).gate_changes == 0


def test_the_last_run_of_each_service_and_all_of_the_last_month_are_looked_at(
    service: Service,
) -> None:
    old, older, ancient = another(service, "3"), another(service, "2"), another(service, "1")
    aged(old, 60), aged(older, 90), aged(ancient, 200)
    asked = question(**{RATIO: {"threshold": {"min": 0.95}}})
    assert ask(asked).runs == 1
    recent, latest = another(service, "4"), another(service, "5")
    aged(recent, 20), aged(latest, 1)
    report = ask(asked)
    assert report.runs == 2
    assert report.opened == 2  # of the last run alone
    other = another(factories.service("other", tier="high"), "1")
    aged(other, 200)
    assert ask(asked).runs == 2


def test_other_tiers_and_retired_services_are_left_out(failed: Run) -> None:
    another(factories.service("low", tier="low"), "1")
    another(factories.service("gone", tier="high", retired_at=timezone.now()), "1")
    assert ask(question(**{RATIO: {"threshold": {"min": 0.95}}})).runs == 1


def test_a_manifests_tighter_limit_stands_on_both_sides(failed: Run) -> None:
    own = {"policy": {sample.RATIO: {"min": 0.97}}}
    Run.objects.filter(pk=failed.pk).update(inputs={"manifest": own})
    report = ask(question(**{RATIO: {"threshold": {"min": 0.95}, "grave": None}}))
    assert report.changes.total() == 0


def test_it_ends_in_time_and_says_what_it_left_out(
    failed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    another(factories.service("other", tier="high"), "1")
    monkeypatch.setattr("shield.risk.policies.backtest.RUNS_A_BATCH", 1)
    report = ask(question(**{RATIO: {"threshold": {"min": 0.95}}}), longest_s=-1.0)
    assert (report.runs, report.runs_left_out) == (0, 2)
    shares: list[float] = []
    whole = ask(question(**{RATIO: {"threshold": {"min": 0.95}}}), progress=shares.append)
    assert (whole.runs, whole.runs_left_out, shares) == (2, 0, [0.5, 1.0])


def test_more_runs_in_a_batch_need_no_more_queries(failed: Run) -> None:
    asked = question(**{RATIO: {"threshold": {"min": 0.95}}})
    with CaptureQueriesContext(connection) as one:
        ask(asked)
    for number in range(4):
        another(factories.service(f"more-{number}", tier="high"), "1")
    with CaptureQueriesContext(connection) as five:
        ask(asked)
    assert len(five) == len(one) <= 10


def proposed(officer: User) -> PolicyChange:
    document = changed(**{RATIO: {"threshold": {"min": 0.95}}})
    return policy_propose(tier="high", base=1, policy=document, reason="x", actor=officer)


def test_the_report_is_kept_with_the_proposal(officer: User, failed: Run) -> None:
    change = proposed(officer)
    assert change.backtest_state == BacktestState.QUEUED
    backtest_run(kind="policychange", pk=change.pk)
    change.refresh_from_db()
    assert (change.backtest_state, change.backtest_progress) == ("done", 1.0)
    assert change.backtest["outcomes"]["total"] == 3
    assert change.backtest["closes"] == {"total": 0, "examples": []}
    assert change.backtest_at is not None


def test_a_back_test_with_a_bug_is_a_failed_one_and_can_be_started_again(
    officer: User, failed: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = proposed(officer)

    def broken(proposal: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(backtests, "question_of", broken)
        with pytest.raises(RuntimeError):
            backtest_run(kind="policychange", pk=change.pk)
    change.refresh_from_db()
    assert change.backtest_state == BacktestState.FAILED
    backtest_again(proposal=change, actor=officer)
    backtest_run(kind="policychange", pk=change.pk)
    change.refresh_from_db()
    assert change.backtest_state == BacktestState.DONE


def test_a_message_for_what_is_not_there_is_harmless(db: None) -> None:
    backtest_run(kind="policychange", pk=0)
    assert not PolicyChange.objects.exists()
