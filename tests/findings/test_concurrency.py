"""What happens at the same moment happens once: runs that finish together, people who decide together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.common.errors import Conflict
from shield.findings import services
from shield.findings.choices import FindingState
from shield.findings.models import Acceptance, Clock, Finding, TimelineEntry
from shield.findings.proposals import Terms
from tests import factories

AT_ONCE = 4
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def together(*acts: Callable[[], object]) -> list[Exception]:
    """Start all at the same moment; what they raised."""
    start, errors = Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=10)
            act()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return errors


def _events(act: str) -> int:
    return Event.objects.filter(act=act).count()


def test_runs_that_finish_together_take_turns():
    version = factories.version()
    runs = [factories.run(version) for _ in range(AT_ONCE)]
    errors = together(*(lambda run=run: services.findings_update(run=run) for run in runs))
    assert errors == []
    assert Finding.objects.count() == Clock.objects.count() == 4
    acts = list(TimelineEntry.objects.values_list("act", flat=True))
    assert (acts.count("opened"), acts.count("seen")) == (4, 4 * (AT_ONCE - 1))


@pytest.fixture
def proposal():
    services.findings_update(run=factories.run())
    terms = Terms("accept", "controls", "small", timezone.now() + timedelta(days=30))
    officer = factories.user(role=Role.RISK_OFFICER)
    return services.acceptance_propose(
        finding=Finding.objects.order_by("pk")[0], terms=terms, actor=officer
    )


def test_two_approvers_who_decide_together_decide_once(proposal):
    first, second = (factories.user(role=Role.APPROVER) for _ in range(2))
    (error,) = together(
        lambda: services.acceptance_approve(acceptance=proposal, note="yes", actor=first),
        lambda: services.acceptance_reject(acceptance=proposal, note="no", actor=second),
    )
    assert isinstance(error, Conflict)
    proposal.refresh_from_db()
    finding = proposal.finding
    finding.refresh_from_db()
    accepted = proposal.status == "active"
    assert finding.state == (FindingState.ACCEPTED if accepted else FindingState.OPEN)
    assert _events("acceptance.approved") + _events("acceptance.rejected") == 1


def test_people_who_change_one_finding_from_the_same_state_change_it_once(proposal):
    finding = Finding.objects.order_by("pk")[1]
    seen = finding.seen_token
    people = [factories.user(role=Role.ENGINEER) for _ in range(AT_ONCE)]
    errors = together(
        *(
            lambda who=who: services.finding_assign(
                finding=finding, assignee=who, actor=who, seen=seen
            )
            for who in people
        )
    )
    assert [error.code for error in errors] == ["finding_changed"] * (AT_ONCE - 1)
    assert finding.timeline.filter(act="assigned").count() == 1


def test_clock_jobs_that_run_together_end_an_acceptance_once(proposal):
    approver = factories.user(role=Role.APPROVER)
    active = services.acceptance_approve(acceptance=proposal, note="yes", actor=approver)
    errors = together(
        *(lambda: services.acceptances_expire(at=active.expires_at) for _ in range(AT_ONCE))
    )
    assert errors == []
    assert _events("acceptance.expired") == 1
    assert Acceptance.objects.get().status == "expired"


def test_an_acceptance_that_ends_while_a_run_finishes_ends_once(proposal):
    approver = factories.user(role=Role.APPROVER)
    active = services.acceptance_approve(acceptance=proposal, note="yes", actor=approver)
    run = factories.run(active.finding.last_run.version)
    errors = together(
        lambda: services.findings_update(run=run),
        lambda: services.acceptances_expire(at=active.expires_at),
        lambda: services.acceptances_notice(at=active.expires_at - timedelta(days=3)),
    )
    assert errors == []
    assert _events("acceptance.expired") == 1
    active.finding.refresh_from_db()
    assert active.finding.state == FindingState.OPEN
