"""Signing, and keeping stored coverage true."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.frameworks.catalogue import frameworks
from shield.frameworks.coverage import Measured, Stated
from shield.frameworks.models import CoverageRow, Statement
from shield.frameworks.refresh import coverage_refresh, services_changed
from shield.frameworks.selectors import (
    framework_totals,
    requirement_totals,
    service_coverage,
    service_coverages,
    statements_seen,
)
from shield.frameworks.services import statement_sign, statement_withdraw
from shield.records.models import Run
from shield.registry.models import Service
from shield.registry.services import service_update
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db

NIST, FEAT = "nist-ai-rmf", "mas-feat"
FAIR, POLICY = "MEASURE 2.11", "GOVERN 1.1"


def sign(of: Service | None = None, **more: Any) -> Statement:
    facts = {
        "framework": NIST, "requirement": POLICY, "text": "Policy 7.", "days": 30,
        "actor": more.pop("actor", None) or factories.user(role=Role.RISK_OFFICER), "service": of,
    } | more  # fmt: skip
    return statement_sign(**facts)


def state(of: Service, requirement: str, framework: str = NIST) -> tuple[Measured, Stated]:
    found = service_coverage(of, frameworks()[framework])
    (line,) = [line for line in found.lines if line.requirement.id == requirement]
    return line.measured, line.stated


def test_a_statement_keeps_its_signer_text_digest_and_the_event_that_is_its_signature() -> None:
    service = factories.service()
    mira = factories.user("mira", role=Role.RISK_OFFICER, unit=service.unit, first_name="Mira")
    signed = sign(service, actor=mira, text="  Policy 7.\n")
    assert (signed.text, signed.signer_name, signed.signer_role) == (
        "Policy 7.", "Mira", "risk_officer",
    )  # fmt: skip
    assert signed.text_sha256 == hashlib.sha256(b"Policy 7.").hexdigest()
    event = Event.objects.get(pk=signed.event)
    assert (event.act, event.actor, event.unit) == ("statement.sign", "mira", service.unit_id)
    assert event.after is not None
    assert event.after["text_sha256"] == signed.text_sha256
    assert state(service, POLICY)[1] is Stated.CURRENT


def test_a_new_version_replaces_the_one_before() -> None:
    service = factories.service()
    first, second = sign(service), sign(service, text="Policy 8.")
    first.refresh_from_db()
    assert (first.version, second.version) == (1, 2)
    assert (first.state, second.state) == ("replaced", "current")


def test_a_withdrawn_statement_leaves_the_requirement_open_and_revives_none_before() -> None:
    service = factories.service()
    sign(service)
    second = sign(service)
    officer = factories.user(role=Role.RISK_OFFICER)
    done = statement_withdraw(statement=second, reason="It is wrong.", actor=officer)
    assert done.state == "withdrawn"
    assert state(service, POLICY)[1] is Stated.NOTHING
    assert Event.objects.filter(act="statement.withdraw", reason="It is wrong.").exists()
    with pytest.raises(Conflict):
        statement_withdraw(statement=second, reason="Again", actor=officer)
    with pytest.raises(InvalidInput):
        statement_withdraw(statement=sign(service), reason=" ", actor=officer)


def test_an_expired_statement_says_so() -> None:
    service = factories.service()
    signed = sign(service)
    past = timezone.now() - timedelta(days=60)
    Statement.objects.filter(pk=signed.pk).update(
        signed_at=past, expires_at=past + timedelta(days=30)
    )
    assert state(service, POLICY)[1] is Stated.EXPIRED


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"days": 366}, "statement_days"),
        ({"days": 0}, "statement_days"),
        ({"text": "  "}, "statement_text"),
        ({"text": "x" * 10_001}, "statement_text"),
        ({"requirement": "GOVERN 9.9"}, "statement_unknown"),
        ({"framework": "none"}, "statement_unknown"),
        ({"requirement": FAIR}, "statement_not_asked"),
    ],
)
def test_what_cannot_be_signed_is_refused(wrong: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        sign(factories.service(), **wrong)
    assert caught.value.code == code


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.APPROVER, Role.ADMINISTRATOR])
def test_only_risk_and_privacy_officers_sign(role: str) -> None:
    with pytest.raises(NotPermitted):
        sign(factories.service(), actor=factories.user(role=role))


def test_an_officer_of_a_unit_signs_neither_for_a_foreign_unit_nor_for_the_organisation() -> None:
    own, foreign = factories.unit("own"), factories.unit("foreign")
    officer = factories.user(role=Role.RISK_OFFICER, unit=own)
    service = factories.service(unit=foreign)
    for wrong in ({"service": service}, {"service": None, "unit": foreign}, {"service": None}):
        with pytest.raises(NotPermitted):
            sign(actor=officer, **wrong)
    assert sign(None, actor=officer, unit=own).scope == "unit"


def test_a_statement_for_a_unit_or_for_all_speaks_for_their_services() -> None:
    one, other = factories.unit("one"), factories.unit("other")
    here, there = factories.service("here", unit=one), factories.service("there", unit=other)
    sign(None, unit=one)
    assert state(here, POLICY)[1] is Stated.CURRENT
    assert state(there, POLICY)[1] is Stated.NOTHING
    sign(None)
    assert state(there, POLICY)[1] is Stated.CURRENT


def test_statements_of_a_foreign_unit_are_not_seen_and_those_for_all_are() -> None:
    own, foreign = factories.unit("own"), factories.unit("foreign")
    mine = sign(factories.service("mine", unit=own))
    sign(factories.service("theirs", unit=foreign))
    sign(None, unit=foreign)
    everybody = sign(None)
    viewer = factories.user(role=Role.VIEWER, unit=own)
    assert set(statements_seen(viewer)) == {mine, everybody}
    assert not statements_seen(factories.user(role=None)).exists()


def test_the_database_refuses_a_statement_that_expires_before_it_is_signed() -> None:
    signed = sign(factories.service())
    with pytest.raises(IntegrityError), transaction.atomic():
        Statement.objects.filter(pk=signed.pk).update(expires_at=signed.signed_at)


def test_a_run_measures_requirements_and_a_newer_version_makes_them_stale() -> None:
    service = factories.service()
    version = factories.version(service, "1")
    assert state(service, FAIR)[0] is Measured.UNMEASURED
    factories.run(version)
    assert state(service, FAIR)[0] is Measured.HOLDS
    assert state(service, "1", FEAT)[0] is Measured.FAILS
    factories.version(service, "2")
    assert state(service, FAIR)[0] is Measured.STALE


def test_other_data_makes_evidence_stale() -> None:
    version = factories.version()
    factories.run(version)
    version.datasets.set([factories.dataset(version.service)])
    assert state(version.service, FAIR)[0] is Measured.STALE


def test_an_unfinished_run_and_a_check_without_a_value_measure_nothing() -> None:
    version = factories.version()
    factories.run(version, state="running")
    factories.run(version, [m for m in sample.loan_measurements() if m.value is None])
    assert state(version.service, FAIR)[0] is Measured.UNMEASURED


def test_the_newest_value_counts_also_where_an_older_one_was_better() -> None:
    version = factories.version()
    good = factories.run(version, [factories.passing(m) for m in _differences()])
    Run.objects.filter(pk=good.pk).update(finished_at=timezone.now() - timedelta(days=3))
    assert state(version.service, "1", FEAT)[0] is Measured.HOLDS
    factories.run(version, _differences())
    assert state(version.service, "1", FEAT)[0] is Measured.FAILS


def _differences() -> list[Any]:
    return [m for m in sample.loan_measurements() if m.check == sample.DIFFERENCE and m.value]


def row(of: Service, framework: str = NIST) -> CoverageRow:
    return CoverageRow.objects.get(service=of, framework=framework)


def test_a_change_marks_coverage_due_and_the_next_refresh_stores_it() -> None:
    version = factories.version()
    service = version.service
    assert coverage_refresh() == 2
    assert row(service).total == 72
    assert row(service).holds == 0
    factories.run(version)
    services_changed({service.pk})
    assert row(service).due_at <= timezone.now()
    coverage_refresh()
    stored = row(service)
    assert stored.holds > 0
    assert len(stored.measured) == len(stored.stated) == 72
    assert stored.measured.count("H") == stored.holds
    assert stored.gaps <= stored.total
    assert coverage_refresh() == 0


def test_stored_coverage_is_due_again_when_its_evidence_grows_old() -> None:
    version = factories.version()
    run = factories.run(version)
    coverage_refresh()
    due = row(version.service).due_at
    assert due is not None
    shortest = min(
        asked.fresh_days
        for item in frameworks()[NIST].requirements
        for asked in item.evidence
        if any(asked.asks_for(check.check_id) for check in run.checks.all())
    )
    assert due == run.finished_at + timedelta(days=shortest)


def test_lists_never_show_what_was_true_before_the_change() -> None:
    version = factories.version()
    coverage_refresh()
    factories.run(version)
    services_changed({version.service_id})
    totals = {item.framework.id: item for item in framework_totals(factories.user())}
    assert totals[NIST].measured > 0
    assert totals[NIST].services == 1


def test_declaring_other_frameworks_makes_and_removes_rows() -> None:
    service = factories.service()
    services_changed({service.pk})
    service_update(service=service, changes={"frameworks": ["sr-26-2"]}, actor="mira")
    assert [item.framework for item in CoverageRow.objects.all()] == ["sr-26-2"]
    declared = service_coverages(Service.objects.get(pk=service.pk))
    assert [item.framework.id for item in declared] == ["sr-26-2"]


def test_a_statement_for_all_marks_every_row_of_its_framework() -> None:
    factories.service("one")
    factories.service("two")
    coverage_refresh()
    sign(None)
    assert coverage_refresh() == 2
    assert set(CoverageRow.objects.filter(framework=NIST).values_list("signed", flat=True)) == {1}


def test_retired_services_and_foreign_ones_are_in_no_total() -> None:
    own = factories.unit("own")
    factories.service("mine", unit=own)
    factories.service("gone", unit=own, retired_at=timezone.now())
    factories.service("theirs", unit=factories.unit("foreign"))
    for service in Service.objects.all():
        services_changed({service.pk})
    viewer = factories.user(role=Role.VIEWER, unit=own)
    assert {item.services for item in framework_totals(viewer)} == {0, 1}
    totals = requirement_totals(viewer, frameworks()[NIST])
    assert sum(totals[0].stated.values()) == 1


def queries(act: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_totals_and_refresh_need_as_many_queries_for_many_services_as_for_few() -> None:
    viewer = factories.user(role=Role.VIEWER)

    def more(count: int, start: int) -> None:
        for number in range(start, start + count):
            version = factories.version(factories.service(f"service-{number}"))
            factories.run(version)
            services_changed({version.service_id})

    more(2, 0)
    assert viewer.grant_list  # read once for each loaded user
    few = queries(lambda: framework_totals(viewer))
    stored_few = queries(coverage_refresh)
    settled_few = queries(lambda: framework_totals(viewer))
    more(8, 2)
    assert queries(lambda: framework_totals(viewer)) == few
    assert queries(coverage_refresh) == stored_few
    assert queries(lambda: framework_totals(viewer)) == settled_few <= 5


def test_marking_a_change_costs_the_same_for_many_services() -> None:
    ids = {factories.service(f"service-{number}").pk for number in range(12)}
    services_changed(ids)
    one = queries(lambda: services_changed({min(ids)}))
    assert queries(lambda: services_changed(ids)) == one <= 6


def test_another_manifest_makes_evidence_stale() -> None:
    version = factories.version()
    factories.run(version, inputs={"manifest": version.manifest, "group_rules": {}})
    assert state(version.service, FAIR)[0] is Measured.HOLDS
    changed = {**version.manifest, "policy": {"fairness.selection_rate_ratio": {"min": 0.9}}}
    type(version).objects.filter(pk=version.pk).update(manifest=changed)
    assert state(version.service, FAIR)[0] is Measured.STALE


def test_an_older_version_that_is_run_again_hides_nothing_of_the_newest() -> None:
    service = factories.service()
    older, newest = (factories.version(service, label) for label in ("1", "2"))
    run = factories.run(newest, _differences())
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=3))
    factories.run(older, [factories.passing(m) for m in _differences()])
    assert state(service, "1", FEAT)[0] is Measured.FAILS
