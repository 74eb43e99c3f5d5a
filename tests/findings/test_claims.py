"""False positives: a second person confirms; later failures are noted and ask for no work."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from shield.accounts.choices import Role
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.evidence.judgement import judge
from shield.evidence.measurement import Interval
from shield.evidence.outcome import Outcome, Severity
from shield.findings import services
from shield.findings.choices import EndReason, FindingState, TimelineAct
from shield.findings.models import FalsePositive, Finding
from shield.findings.proposals import measured
from shield.findings.selectors import findings_of_run
from shield.registry.models import Service
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db

FAILED = next(item for item in sample.loan_measurements() if item.outcome is Outcome.FAIL)


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def finding(version):
    services.findings_update(run=factories.run(version, [FAILED]))
    return Finding.objects.get()


@pytest.fixture
def engineer():
    return factories.user("eve")


@pytest.fixture
def officer():
    return factories.user("olga", role=Role.RISK_OFFICER)


@pytest.fixture
def claim(finding, engineer):
    return services.false_positive_propose(
        finding=finding, category="wrong_label", reason="Labels of branch 7 are swapped.",
        evidence="Ticket 12, sample of 40 rows.", actor=engineer,
    )  # fmt: skip


def _state():
    return Finding.objects.get().state


def test_a_claim_alone_changes_no_state(claim):
    assert _state() == FindingState.OPEN
    assert Finding.objects.get().pending == "false_positive"


def test_it_needs_evidence(finding, engineer):
    with pytest.raises(InvalidInput):
        services.false_positive_propose(
            finding=finding, category="wrong_label", reason="x", evidence=" ", actor=engineer
        )


def test_a_second_person_confirms_it(claim, officer):
    services.false_positive_confirm(claim=claim, note="I looked at ten rows.", actor=officer)
    assert _state() == FindingState.FALSE_POSITIVE
    entry = Finding.objects.get().timeline.last()
    assert (entry.act, entry.actor) == (TimelineAct.FALSE_POSITIVE_CONFIRMED, "olga")


def test_nobody_confirms_their_own(finding, officer):
    claim = services.false_positive_propose(
        finding=finding, category="data_error", reason="x", evidence="y", actor=officer
    )
    with pytest.raises(NotPermitted) as caught:
        services.false_positive_confirm(claim=claim, note="x", actor=officer)
    assert caught.value.code == "own_proposal"


def test_the_database_refuses_one_who_confirms_their_own(finding, engineer):
    row = FalsePositive(
        finding=finding, proposer=engineer, decider=engineer, status="confirmed",
        category="data_error", reason="x", evidence="y", **measured(finding),
    )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_a_rejected_claim_leaves_the_finding_and_can_be_made_anew(
    claim, finding, officer, engineer
):
    services.false_positive_reject(claim=claim, note="The labels are right.", actor=officer)
    assert _state() == FindingState.OPEN
    with pytest.raises(Conflict, match="olga was faster"):
        services.false_positive_confirm(claim=claim, note="x", actor=officer)
    services.false_positive_propose(
        finding=finding, category="data_error", reason="x", evidence="y", actor=engineer
    )


def test_failing_again_is_noted_and_asks_for_no_work(claim, officer, version):
    services.false_positive_confirm(claim=claim, note="x", actor=officer)
    run = factories.run(version, [FAILED])
    services.findings_update(run=run)
    assert _state() == FindingState.FALSE_POSITIVE
    entry = Finding.objects.get().timeline.last()
    assert (entry.act, entry.run_id) == (TimelineAct.SEEN, run.pk)
    assert "stays a false positive" in entry.note


def test_a_redefined_check_is_another_finding(claim, officer, version):
    services.false_positive_confirm(claim=claim, note="x", actor=officer)
    run = factories.run(version, [FAILED])
    run.checks.update(check_version="2.0")
    services.findings_update(run=run)
    assert sorted(Finding.objects.values_list("state", flat=True)) == ["false_positive", "open"]


def test_a_person_opens_it_again_with_a_reason(claim, officer, engineer, finding):
    services.false_positive_confirm(claim=claim, note="x", actor=officer)
    services.finding_reopen(
        finding=finding, category="new_evidence", note="The labels were right.", actor=engineer
    )
    assert _state() == FindingState.OPEN
    claim.refresh_from_db()
    assert (claim.status, claim.ended_because) == ("withdrawn", EndReason.REOPENED)


def test_a_pass_settles_a_claim_that_waits(claim, version):
    services.findings_update(run=factories.run(version, [factories.passing(FAILED)]))
    claim.refresh_from_db()
    assert (claim.status, claim.ended_because) == ("withdrawn", EndReason.RESOLVED)
    assert (_state(), Finding.objects.get().pending) == (FindingState.RESOLVED, "")


def _value(low: float, high: float):
    return judge(
        replace(FAILED, value=(low + high) / 2, interval=Interval(low, high)),
        FAILED.threshold,
        FAILED.severity,
    )


@pytest.mark.parametrize(
    ("again", "because"),
    [
        (_value(-0.95, -0.85), EndReason.WORSE),
        (replace(FAILED, severity=Severity.CRITICAL), EndReason.GRAVER),
    ],
    ids=["worse", "graver"],
)
def test_what_is_worse_than_what_was_confirmed_opens_it_again(
    version, claim, officer, again, because
):
    services.false_positive_confirm(claim=claim, note="Yes.", actor=officer)
    run = factories.run(version, [again])
    services.findings_update(run=run)
    found, row = Finding.objects.get(), FalsePositive.objects.get()
    assert (found.state, found.decided_at, found.last_run) == (FindingState.OPEN, None, run)
    assert (row.status, row.ended_because) == ("withdrawn", because)
    entry = found.timeline.last()
    assert (entry.act, entry.run, entry.from_state) == ("reopened", run, "false_positive")
    assert entry.note.startswith("Confirmed as a false positive was")
    assert list(findings_of_run(run)) == [found]


@pytest.mark.parametrize(
    "again",
    [_value(-0.95, -0.85), replace(FAILED, severity=Severity.CRITICAL)],
    ids=["worse", "graver"],
)
def test_a_claim_about_what_has_become_worse_since_is_not_confirmed(version, claim, officer, again):
    services.findings_update(run=factories.run(version, [again]))
    with pytest.raises(Conflict) as caught:
        services.false_positive_confirm(claim=claim, note="Yes.", actor=officer)
    assert caught.value.code == "claim_overtaken"
    assert (_state(), FalsePositive.objects.get().status) == (FindingState.OPEN, "proposed")


def test_what_noise_explains_leaves_it_a_false_positive(version, claim, officer):
    services.false_positive_confirm(claim=claim, note="Yes.", actor=officer)
    services.findings_update(run=factories.run(version, [FAILED]))
    assert _state() == FindingState.FALSE_POSITIVE


# --- finding what waits for me


def _client(user):
    client = Client()
    client.force_login(user)
    return client


def _listed(client, query):
    page = client.get(f"/findings/?{query}")
    return [row.record.pk for row in page.context["table"].page]


@pytest.fixture
def claims(claim, finding, officer):
    """The engineer's claim, one of the officer's own, and one of another unit."""
    own = factories.finding(finding.last_run)
    services.false_positive_propose(
        finding=own, category="other", reason="a", evidence="b", actor=officer
    )
    unit = factories.unit("treasury")
    foreign = factories.finding(factories.run(factories.version(factories.service("b", unit=unit))))
    eve = factories.user("tim", role=Role.ENGINEER, unit=unit)
    services.false_positive_propose(
        finding=foreign, category="other", reason="a", evidence="b", actor=eve
    )
    return finding.pk, own.pk, foreign.pk


def test_the_tab_shows_the_claims_that_wait_for_the_person(claims, finding, officer):
    theirs, own, foreign = claims
    unit = finding.service.unit
    limited = factories.user("lim", role=Role.RISK_OFFICER, unit=unit)
    root = factories.user("root", role=None, is_superuser=True)
    assert sorted(_listed(_client(officer), "show=claims")) == [theirs, foreign]
    assert sorted(_listed(_client(limited), "show=claims")) == [theirs, own]
    assert sorted(_listed(_client(root), "show=claims")) == [theirs, own, foreign]


def test_the_tier_of_a_grant_bounds_what_waits(claim, finding):
    Service.objects.filter(pk=finding.service_id).update(tier="critical")
    approver = factories.user("ann", role=Role.APPROVER, tier_limit="moderate")
    assert _listed(_client(approver), "show=claims") == []


def test_who_decides_no_claims_has_no_tab_for_them(claim, engineer, officer):
    address = "show=claims"
    assert address in _client(officer).get("/findings/").content.decode()
    assert address not in _client(engineer).get("/findings/").content.decode()
    assert _listed(_client(engineer), "show=claims") == []


def test_the_api_tells_the_claims_that_wait_for_the_sender(claims, officer):
    answer = _client(officer).get("/api/v1/false-positives/?to_decide=true").json()
    theirs, _own, foreign = claims
    assert {row["finding"] for row in answer["results"]} == {theirs, foreign}
