"""Accepting a risk: who may, until when, what ends it, and what the database refuses by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.evidence.gate import gate
from shield.evidence.measurement import Interval
from shield.evidence.outcome import Outcome, Severity
from shield.findings import services
from shield.findings.choices import AcceptanceStatus, EndReason, FindingState, TimelineAct
from shield.findings.models import Acceptance, Clock, Finding
from shield.findings.proposals import Terms, measured
from shield.findings.risks import accepted_risks
from shield.findings.selectors import findings_of_run
from shield.findings.tasks import acceptances_watch
from shield.records.measurements import measurement_of
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db

FAILED = next(item for item in sample.loan_measurements() if item.outcome is Outcome.FAIL)
PASSED = factories.passing(FAILED)


@pytest.fixture
def officer():
    return factories.user("olga", role=Role.RISK_OFFICER)


@pytest.fixture
def approver():
    return factories.user("anna", role=Role.APPROVER)


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def finding(version):
    _run(version, FAILED)
    return Finding.objects.get()


def _run(version, *measurements):
    run = factories.run(version, measurements)
    services.findings_update(run=run)
    return run


def _terms(**more):
    facts = {
        "treatment": "accept", "category": "controls", "reason": "A person looks at each case.",
        "expires_at": timezone.now() + timedelta(days=90),
    }  # fmt: skip
    return Terms(**facts | more)


@pytest.fixture
def proposal(finding, officer):
    return services.acceptance_propose(finding=finding, terms=_terms(), actor=officer)


@pytest.fixture
def active(proposal, approver):
    return services.acceptance_approve(acceptance=proposal, note="Agreed.", actor=approver)


def _state():
    return Finding.objects.get().state


def test_a_proposal_records_exactly_what_was_measured_and_changes_no_state(proposal, finding):
    item = finding.measurement
    assert (proposal.value, proposal.low, proposal.high) == (item.value, item.low, item.high)
    assert proposal.run_id == item.check_record.run_id
    assert proposal.status == AcceptanceStatus.PROPOSED
    finding.refresh_from_db()
    assert (finding.state, finding.pending) == (FindingState.OPEN, "acceptance")


def test_approval_takes_effect_at_once_and_is_told_with_both_names(active, finding):
    finding.refresh_from_db()
    assert active.status == AcceptanceStatus.ACTIVE
    assert active.covers_now
    assert (finding.state, finding.pending) == (FindingState.ACCEPTED, "")
    assert finding.accepted_until == active.expires_at
    event = Event.objects.get(act="acceptance.approved")
    assert (event.actor, event.after["proposer"]) == ("anna", "olga")
    assert event.after["decision"] == active.label
    assert event.unit == finding.service.unit_id


def test_nobody_approves_what_they_proposed_whatever_their_roles(finding):
    both = factories.user(role=Role.RISK_OFFICER)
    both.grants.create(role=Role.APPROVER)
    proposal = services.acceptance_propose(finding=finding, terms=_terms(), actor=both)
    for decide in (services.acceptance_approve, services.acceptance_reject):
        with pytest.raises(NotPermitted) as caught:
            decide(acceptance=proposal, note="x", actor=both)
        assert caught.value.code == "own_proposal"


def test_superusers_do_not_bypass_four_eyes(finding):
    root = factories.user(role=None, is_superuser=True)
    proposal = services.acceptance_propose(finding=finding, terms=_terms(), actor=root)
    with pytest.raises(NotPermitted):
        services.acceptance_approve(acceptance=proposal, note="x", actor=root)


def test_an_approver_below_the_tier_decides_nothing(proposal):
    limited = factories.user(role=Role.APPROVER, tier_limit="moderate")
    with pytest.raises(NotPermitted):
        services.acceptance_approve(acceptance=proposal, note="x", actor=limited)
    assert _state() == FindingState.OPEN


def test_an_approver_of_another_unit_decides_nothing(proposal):
    foreign = factories.user(role=Role.APPROVER, unit=factories.unit("treasury"))
    with pytest.raises(NotPermitted):
        services.acceptance_approve(acceptance=proposal, note="x", actor=foreign)


def _row(finding, **more):
    facts = {
        "finding": finding, "proposer": factories.user(role=None), "treatment": "accept",
        "category": "controls", "reason": "x", "expires_at": timezone.now() + timedelta(days=10),
        **measured(finding),
    }  # fmt: skip
    return Acceptance(**facts | more)


def test_the_database_refuses_a_decider_who_proposed(finding):
    row = _row(finding)
    row.decider, row.status = row.proposer, "active"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize("days", [181, -1, 0])
def test_the_database_refuses_an_expiry_beyond_180_days_or_before_the_proposal(finding, days):
    row = _row(finding, expires_at=timezone.now() + timedelta(days=days))
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize("status", ["active", "rejected", "expired"])
def test_the_database_refuses_a_decision_of_nobody(finding, status):
    with pytest.raises(IntegrityError), transaction.atomic():
        _row(finding, status=status).save()


@pytest.mark.parametrize("status", ["proposed", "active"])
def test_the_database_refuses_two_that_stand(finding, status):
    decider = factories.user(role=None) if status == "active" else None
    _row(finding, status=status, decider=decider).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        _row(finding, status=status, decider=decider).save()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"expires_at": timezone.now() + timedelta(days=181)}, "expiry_out_of_range"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expiry_out_of_range"),
        ({"reason": "  "}, "reason_missing"),
        ({"category": "because"}, "reason_unknown"),
        ({"treatment": "ignore"}, "treatment_unknown"),
        ({"treatment": "mitigate"}, "mitigate_by_missing"),
        ({"treatment": "mitigate", "mitigate_by": (timezone.now() + timedelta(days=170)).date()},
         "mitigate_by_missing"),
    ],
)  # fmt: skip
def test_terms_that_are_not_possible_are_refused(finding, officer, more, code):
    with pytest.raises(InvalidInput) as caught:
        services.acceptance_propose(finding=finding, terms=_terms(**more), actor=officer)
    assert caught.value.code == code
    assert not Acceptance.objects.exists()


def test_one_question_at_a_time(proposal, finding, officer):
    with pytest.raises(Conflict) as caught:
        services.acceptance_propose(finding=finding, terms=_terms(), actor=officer)
    assert caught.value.code == "decision_pending"
    with pytest.raises(Conflict):
        services.false_positive_propose(
            finding=finding, category="data_error", reason="x", evidence="y", actor=officer
        )


def test_the_second_decider_is_told_who_was_faster(proposal, approver):
    other = factories.user("bert", role=Role.APPROVER)
    services.acceptance_reject(acceptance=proposal, note="No.", actor=approver)
    with pytest.raises(Conflict, match="anna was faster"):
        services.acceptance_approve(acceptance=proposal, note="Yes.", actor=other)
    assert _state() == FindingState.OPEN
    assert Finding.objects.get().pending == ""


def test_an_approval_of_what_has_become_worse_since_is_refused(proposal, version, approver):
    _run(version, _worse())
    with pytest.raises(Conflict) as caught:
        services.acceptance_approve(acceptance=proposal, note="Yes.", actor=approver)
    assert caught.value.code == "acceptance_overtaken"


def test_a_proposal_that_nobody_decided_lapses_on_its_date(proposal, approver):
    services.acceptances_expire(at=proposal.expires_at)
    proposal.refresh_from_db()
    assert (proposal.status, proposal.ended_because) == ("withdrawn", EndReason.LAPSED)
    assert Finding.objects.get().pending == ""


def test_a_renewal_takes_the_place_of_what_runs_out(active, finding, officer, approver):
    terms = _terms(expires_at=timezone.now() + timedelta(days=170))
    renewal = services.acceptance_propose(finding=finding, terms=terms, actor=officer)
    assert _state() == FindingState.ACCEPTED
    services.acceptance_approve(acceptance=renewal, note="Again.", actor=approver)
    active.refresh_from_db()
    assert (active.status, active.ended_because) == ("withdrawn", EndReason.REPLACED)
    assert Finding.objects.get().accepted_until == terms.expires_at


def test_withdrawing_an_active_acceptance_opens_the_finding_due_as_it_was(active, finding, officer):
    due = finding.due_at
    services.acceptance_withdraw(acceptance=active, note="We found a repair.", actor=officer)
    finding.refresh_from_db()
    assert (finding.state, finding.accepted_until) == (FindingState.OPEN, None)
    assert finding.due_at == due
    assert Clock.objects.get().decided_at is None


# --- what its date does


def test_the_date_ends_it_once_and_opens_the_finding(active):
    assert services.acceptances_expire(at=active.expires_at - timedelta(seconds=1)) == 0
    assert services.acceptances_expire(at=active.expires_at) == 1
    assert services.acceptances_expire(at=active.expires_at) == 0
    active.refresh_from_db()
    assert (active.status, active.ended_by) == ("expired", "system")
    assert _state() == FindingState.OPEN
    entry = active.finding.timeline.last()
    assert (entry.act, entry.acceptance_id) == (TimelineAct.ACCEPTANCE_EXPIRED, active.pk)
    assert Event.objects.filter(act="acceptance.expired").count() == 1


def test_its_end_is_announced_once_seven_days_before(active):
    early = active.expires_at - timedelta(days=7, seconds=1)
    assert services.acceptances_notice(at=early) == 0
    assert services.acceptances_notice(at=early + timedelta(seconds=2)) == 1
    assert services.acceptances_notice(at=early + timedelta(days=1)) == 0
    event = Event.objects.get(act="acceptance.expiring")
    assert event.after["expires_at"] == active.expires_at.isoformat()


def test_the_task_does_both(active):
    Acceptance.objects.update(
        proposed_at=timezone.now() - timedelta(days=9),
        expires_at=timezone.now() - timedelta(seconds=1),
    )
    acceptances_watch()
    assert _state() == FindingState.OPEN


def test_many_end_with_a_constant_number_of_queries(
    officer, approver, django_assert_max_num_queries
):
    version = factories.version()
    _run(version, *(replace(FAILED, slice={"branch": str(n)}) for n in range(30)))
    for finding in Finding.objects.all():
        made = services.acceptance_propose(finding=finding, terms=_terms(), actor=officer)
        services.acceptance_approve(acceptance=made, note="x", actor=approver)
    with django_assert_max_num_queries(45):
        assert services.acceptances_expire(at=timezone.now() + timedelta(days=91)) == 30


# --- what runs do


def _worse(value=-0.9):
    interval = Interval(value - 0.05, value + 0.05)
    return replace(FAILED, value=value, interval=interval, severity=FAILED.severity)


def test_the_same_value_again_leaves_it_accepted(active, version):
    _run(version, FAILED)
    assert _state() == FindingState.ACCEPTED


def test_a_materially_worse_value_opens_it_and_says_both_values(active, version):
    _run(version, _worse())
    active.refresh_from_db()
    assert (active.status, active.ended_because) == ("withdrawn", EndReason.WORSE)
    entry = active.finding.timeline.last()
    assert entry.act == TimelineAct.WORSE
    assert "-0.900" in entry.note.replace("−", "-")
    assert _state() == FindingState.OPEN
    assert Finding.objects.get().accepted_until is None


def test_the_run_that_measured_it_names_the_finding(active, version):
    worse = _run(version, _worse())
    assert [each.pk for each in findings_of_run(worse)] == [active.finding_id]


def test_a_graver_severity_opens_it(active, version):
    _run(version, replace(FAILED, severity=Severity.CRITICAL))
    active.refresh_from_db()
    assert active.ended_because == EndReason.GRAVER
    assert _state() == FindingState.OPEN


def test_another_major_version_of_the_check_is_not_covered(active, version):
    run = factories.run(version, [FAILED])
    run.checks.update(check_version="2.0")
    services.findings_update(run=run)
    assert sorted(Finding.objects.values_list("state", flat=True)) == ["accepted", "open"]


def test_a_pass_resolves_it_and_ends_what_no_longer_is_needed(active, version, officer):
    services.acceptance_propose(finding=active.finding, terms=_terms(), actor=officer)
    _run(version, PASSED)
    assert _state() == FindingState.RESOLVED
    ended = set(Acceptance.objects.values_list("status", "ended_because"))
    assert ended == {("withdrawn", EndReason.RESOLVED)}
    assert Finding.objects.get().pending == ""


def test_a_run_after_the_date_ends_it_even_when_the_clock_job_is_late(active, version):
    now = timezone.now()
    Acceptance.objects.update(
        proposed_at=now - timedelta(days=9), expires_at=now - timedelta(seconds=1)
    )
    _run(version, FAILED)
    assert _state() == FindingState.OPEN
    active.refresh_from_db()
    assert active.status == AcceptanceStatus.EXPIRED


# --- what the gate sees


def _gate(version, item, at=None):
    run = factories.run(version, [item])
    row = run.checks.get().measurements.select_related("check_record").get()
    identity = Finding.objects.get().fingerprint
    risks = accepted_risks(service=version.service, failed={identity: row}, at=at)
    rules = {FAILED.check: sample.policy().rules[FAILED.check]}
    policy = replace(sample.policy(), rules=rules)
    return gate([measurement_of(row)], policy, risks, fingerprint=lambda _: identity)


def test_the_gate_passes_what_is_accepted_and_lists_it_with_approver_and_end(active, version):
    answer = _gate(version, FAILED)
    assert answer.outcome is Outcome.PASS
    (risk,) = answer.accepted_risks
    assert (risk.finding, risk.approver) == (active.finding.label, "anna")
    assert risk.expires_at == active.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "A person looks at each case." in risk.reason


def test_the_gate_fails_from_the_second_on_which_it_ends(active, version):
    assert _gate(version, FAILED, at=active.expires_at).outcome is Outcome.FAIL
    before = active.expires_at - timedelta(microseconds=1)
    assert _gate(version, FAILED, at=before).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "item", [_worse(), replace(FAILED, severity=Severity.CRITICAL)], ids=["worse", "graver"]
)
def test_the_gate_fails_what_is_worse_than_accepted(active, version, item):
    assert _gate(version, item).outcome is Outcome.FAIL


def test_a_proposal_covers_nothing_at_the_gate(proposal, version):
    assert _gate(version, FAILED).outcome is Outcome.FAIL
