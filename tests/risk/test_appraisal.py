"""Score, freshness and breaches of a standing, from real rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import BusinessUnit
from shield.audit.models import Event
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.records.models import Run
from shield.registry.models import Service
from shield.risk.appetite.models import Appetite, AppetiteState
from shield.risk.models import Standing
from shield.risk.selectors import reason_lines
from shield.risk.standing import standings_follow_clocks, standings_refresh
from tests import factories

pytestmark = pytest.mark.django_db


def standing(of: Service) -> Standing:
    standings_refresh([of.pk])
    return Standing.objects.get(service=of)


def assessed(service: Service, days: int = 1, label: str = "1") -> Run:
    run = factories.run(factories.version(service, label))
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=days))
    run.refresh_from_db()
    findings_update(run=run)
    return run


def codes(of: Standing) -> set[str]:
    return {reason["code"] for reason in of.score_reasons}


def appetite(unit: BusinessUnit, **limits: float) -> Appetite:
    return Appetite.objects.create(
        unit=unit, number=1, state=AppetiteState.APPROVED, proposer=factories.user(), reason="x",
        decider=factories.user(), **limits,
    )  # fmt: skip


def test_a_service_without_evidence_is_scored_for_that() -> None:
    row = standing(factories.service(tier="high"))
    assert row.score == pytest.approx(54.5 * 0.8)
    assert codes(row) == {"unknown", "age"}
    assert row.fresh_until is None


def test_findings_coverage_and_their_clock_enter_the_score() -> None:
    service = factories.service(tier="high")
    assessed(service)
    row = standing(service)
    open_codes = {code for code in codes(row) if code.startswith("open.")}
    assert open_codes
    assert "unknown" in codes(row)  # one check was skipped, one is inconclusive
    Finding.objects.filter(service=service).update(due_at=timezone.now() - timedelta(days=1))
    late = standing(service)
    assert {code.replace("overdue.", "open.") for code in codes(late) if "." in code} == open_codes
    assert late.score > row.score
    Finding.objects.filter(service=service).update(state="accepted")
    covered = standing(service)
    assert 0 < covered.score < row.score


@pytest.mark.parametrize(("tier", "days"), [("critical", 30), ("high", 90), ("moderate", 180), ("low", 365)])  # fmt: skip
def test_evidence_holds_as_long_as_the_tier_says(tier: str, days: int) -> None:
    service = factories.service(tier=tier)
    run = assessed(service)
    assert standing(service).fresh_until == run.finished_at + timedelta(days=days)


def test_a_newer_version_ends_the_evidence_at_once() -> None:
    service = factories.service()
    assessed(service)
    before = standing(service)
    factories.version(service, "2")
    after = standing(service)
    assert (after.superseded, after.fresh_until) == ("version", None)
    assert "superseded" in codes(after)
    assert after.score > before.score


def test_other_data_of_the_same_version_ends_the_evidence_at_once() -> None:
    service = factories.service()
    run = assessed(service)
    assert standing(service).superseded == ""
    run.version.datasets.set([factories.dataset(service)])
    assert standing(service).superseded == "data"


def test_entering_and_leaving_the_appetite_are_events_and_staying_is_none() -> None:
    service = factories.service(tier="high")
    assessed(service)
    standing(service)
    own = appetite(service.unit, max_score=1.0)
    row = standing(service)
    assert row.in_breach
    assert row.breaches == [{"limit": "max_score", "allowed": 1.0, "value": row.score}]
    standing(service)
    Appetite.objects.filter(pk=own.pk).update(max_score=100.0)
    assert not standing(service).in_breach
    acts = Event.objects.filter(act__startswith="appetite.").order_by("id")
    assert [event.act for event in acts] == ["appetite.breach", "appetite.restored"]
    assert {event.unit for event in acts} == {service.unit_id}


def test_a_retired_service_breaches_nothing() -> None:
    service = factories.service(retired_at=timezone.now())
    appetite(service.unit, max_age_days=1)
    assert not standing(service).in_breach


def test_a_reason_counts_what_its_link_lists() -> None:
    service = factories.service(tier="high")
    assessed(service)
    some = list(Finding.objects.filter(service=service))
    Finding.objects.filter(service=service).update(severity="high")
    Finding.objects.filter(pk=some[0].pk).update(due_at=timezone.now() - timedelta(days=1))
    row = standing(service)
    client = Client()
    client.force_login(factories.user(role=Role.VIEWER))
    seen = {}
    for reason, line in zip(row.score_reasons, reason_lines(row), strict=True):
        if reason["code"] in ("open.high", "overdue.high"):
            page = client.get(line.url)
            seen[reason["code"]] = (int(reason["amount"]), page.context["table"].paginator.count)
    assert len(some) > 1
    assert seen == {"open.high": (len(some) - 1, len(some) - 1), "overdue.high": (1, 1)}


def test_a_due_date_that_passes_moves_the_finding_among_the_reasons_without_any_act() -> None:
    service = factories.service(tier="high")
    assessed(service)
    assert not any(code.startswith("overdue") for code in codes(standing(service)))
    Finding.objects.filter(service=service).update(due_at=timezone.now())
    assert standings_follow_clocks() == 1
    assert any(code.startswith("overdue") for code in codes(Standing.objects.get(service=service)))
    assert standings_follow_clocks() == 0
