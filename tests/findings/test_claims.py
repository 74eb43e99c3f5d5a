"""False positives: a second person confirms; later failures are noted and ask for no work."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from shield.accounts.choices import Role
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.evidence.outcome import Outcome
from shield.findings import services
from shield.findings.choices import EndReason, FindingState, TimelineAct
from shield.findings.models import FalsePositive, Finding
from shield.findings.proposals import measured
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
