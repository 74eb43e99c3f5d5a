"""What people did in the demo: every page of the second line has something real to show."""

from __future__ import annotations

import pytest

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.demo.governance import CHECK, govern
from shield.findings.models import Acceptance, FalsePositive, Finding
from shield.findings.services import findings_update
from shield.frameworks.models import Statement
from shield.incidents.models import Incident
from shield.notify.models import Endpoint
from shield.risk.models import DayFigures, PolicyChange
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return {role: factories.user(f"demo-{role.value}", role=role) for role in Role}


@pytest.fixture
def told(people):
    clerks, model = (factories.version(factories.service(slug)) for slug in ("clerks", "model"))
    for version in (clerks, model):
        findings_update(run=factories.run(version, _failing()))
    govern(model=model, people=people)
    return model


def _failing():
    """Three slices of the demo's check that fail."""
    return [
        sample.measured(CHECK, -0.25, -0.31, -0.18, slice={"race": race}, n=200)
        for race in ("a", "b", "c")
    ]


def test_each_kind_of_decision_is_there(told):
    assert sorted(Acceptance.objects.values_list("status", flat=True)) == ["active", "proposed"]
    assert FalsePositive.objects.get().status == "proposed"
    assert PolicyChange.objects.get().backtest_state == "done"
    assert Incident.objects.get().findings.count() == 1
    assert Statement.objects.get().service == told.service
    assert DayFigures.objects.exists()


def test_work_has_begun_on_the_gravest(told):
    finding = Finding.objects.get(severity="critical")
    assert (finding.state, finding.assignee.username) == ("in_progress", "demo-engineer")
    assert finding.service == told.service


def test_nothing_is_sent_to_anybody(told):
    assert not Endpoint.objects.get().active


def test_every_act_is_in_the_trail_under_its_person(told):
    actors = set(Event.objects.values_list("actor", flat=True))
    assert {"demo-engineer", "demo-risk_officer", "demo-approver", "demo-administrator"} <= actors
