"""Findings of a service that is retired, and of one that comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.audit.models import Event
from shield.findings.choices import AcceptanceStatus, FindingState
from shield.findings.models import Acceptance, Clock, Finding
from shield.findings.proposals import measured
from shield.findings.selectors import findings_active
from shield.findings.services import findings_update
from shield.registry.services import service_restore, service_retire
from tests import factories

pytestmark = pytest.mark.django_db

WAITS = {"open", "in_progress", "regressed", "accepted"}


def of_every_state() -> dict[str, Finding]:
    run = factories.run()
    return {
        state: factories.finding(run, state=state)
        for state in FindingState
        if state != FindingState.RETIRED
    }


def states(of: dict[str, Finding]) -> dict[str, str]:
    return {was: Finding.objects.get(pk=finding.pk).state for was, finding in of.items()}


def test_what_asked_for_work_waits_and_what_was_over_stays() -> None:
    found = of_every_state()
    service = found["open"].service
    service_retire(service=service, actor="olga", reason="Replaced")
    assert states(found) == {was: "retired" if was in WAITS else was for was in found}
    assert not findings_active(service=service).exists()
    assert Finding.objects.filter(state=FindingState.RETIRED).count() == len(WAITS)
    entry = found["open"].timeline.get()
    assert (entry.act, entry.from_state, entry.to_state, entry.note) == (
        "retired", "open", "retired", "Replaced",
    )  # fmt: skip
    assert Event.objects.filter(act="finding.retired", unit=service.unit_id).count() == len(WAITS)


def test_restoring_opens_them_again_with_their_clocks() -> None:
    found = of_every_state()
    service = found["open"].service
    due = found["open"].due_at
    service_retire(service=service, actor="olga", reason="Replaced")
    service_restore(service=service, actor="olga", reason="Needed again")
    assert states(found) == {was: "open" if was in WAITS else was for was in found}
    assert Finding.objects.get(pk=found["open"].pk).due_at == due


@pytest.mark.parametrize("status", [AcceptanceStatus.ACTIVE, AcceptanceStatus.PROPOSED])
def test_acceptances_and_open_proposals_are_withdrawn(status: str) -> None:
    active = status == AcceptanceStatus.ACTIVE
    finding = factories.finding(state="accepted" if active else "open")
    until = timezone.now() + timedelta(days=30)
    row = Acceptance.objects.create(
        finding=finding, proposer=factories.user(), treatment="accept", category="controls",
        reason="small", expires_at=until, status=status,
        decider=factories.user() if active else None,
        decided_at=timezone.now() if active else None, **measured(finding),
    )  # fmt: skip
    pending = {} if active else {"pending": "acceptance"}
    Finding.objects.filter(pk=finding.pk).update(
        accepted_until=until if active else None, **pending
    )
    service_retire(service=finding.service, actor="olga", reason="Ended")
    row.refresh_from_db()
    finding.refresh_from_db()
    assert (row.status, row.ended_by, row.ended_because) == ("withdrawn", "olga", "retired")
    assert (finding.state, finding.accepted_until, finding.pending) == ("retired", None, "")
    assert Event.objects.filter(act="acceptance.withdrawn", reason="Ended").exists()


def test_what_a_run_finds_that_ends_after_the_retirement_waits_too() -> None:
    version = factories.version()
    run = factories.run(version)
    service_retire(service=version.service, actor="olga", reason="Replaced")
    found = findings_update(run=run)
    assert {finding.state for finding in found} == {"retired"}
    assert not findings_active(service=version.service).exists()
    clocks = Clock.objects.filter(finding__in=found)
    assert len(found) == clocks.count() == clocks.exclude(decided_at=None).count()
    assert sorted(found[0].timeline.values_list("act", flat=True)) == ["opened", "retired"]
    service_restore(service=version.service, actor="olga", reason="Needed again")
    assert findings_active(service=version.service).count() == len(found)
    assert not clocks.exclude(decided_at=None).exists()


def test_what_returns_in_a_run_that_ends_after_the_retirement_waits_too() -> None:
    version = factories.version()
    failed = factories.run(version)
    findings_update(run=failed)
    Finding.objects.update(state="closed", resolved_at=timezone.now())
    Clock.objects.update(stopped_at=timezone.now(), result="met")
    late = factories.run(version)
    service_retire(service=version.service, actor="olga", reason="Replaced")
    findings_update(run=late)
    assert set(Finding.objects.values_list("state", flat=True)) == {"retired"}
    assert not Clock.objects.filter(stopped_at=None, decided_at=None).exists()


def test_other_services_are_left_alone() -> None:
    other = factories.finding(factories.run(factories.version(factories.service("other"))))
    service_retire(service=factories.service(), actor="olga", reason="x")
    assert Finding.objects.get(pk=other.pk).state == FindingState.OPEN


def test_many_findings_cost_as_many_queries_as_few() -> None:
    def cost(slug: str, findings: int) -> int:
        run = factories.run(factories.version(factories.service(slug)))
        for _ in range(findings):
            factories.finding(run)
        with CaptureQueriesContext(connection) as captured:
            service_retire(service=run.service, actor="olga", reason="x")
        return len(captured)

    assert cost("many", 12) == cost("few", 2)
