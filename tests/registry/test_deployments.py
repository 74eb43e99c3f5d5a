"""What served where and when: one version at a time, and the past is never rewritten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput
from shield.registry import selectors, services
from shield.registry.models import Deployment, Service, Version
from tests import factories

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def service() -> Service:
    return factories.service()


@pytest.fixture
def first(service: Service) -> Version:
    return factories.version(service, label="1")


@pytest.fixture
def second(service: Service) -> Version:
    return factories.version(service, label="2")


def start(version: Version, at: datetime | None = MONDAY, where: str = "production") -> Deployment:
    return services.deployment_start(version=version, environment=where, actor="ada", at=at)


def test_starting_a_version_ends_the_one_that_served(first: Version, second: Version) -> None:
    old = start(first)
    new = start(second, MONDAY + DAY)
    old.refresh_from_db()
    assert (old.ended_at, old.ended_by, new.ended_at) == (MONDAY + DAY, "ada", None)
    assert [event.act for event in Event.objects.order_by("id")] == [
        "deployment.start",
        "deployment.end",
        "deployment.start",
    ]


def test_starting_what_serves_already_changes_nothing(first: Version) -> None:
    assert start(first) == start(first, MONDAY + DAY)
    assert Event.objects.count() == 1


def test_environments_do_not_touch_each_other(first: Version, second: Version) -> None:
    start(first, where="staging")
    start(second, where="production")
    assert Deployment.objects.filter(ended_at=None).count() == 2


def test_what_was_in_production_when(service: Service, first: Version, second: Version) -> None:
    start(first)
    services.deployment_end(deployment=start(second, MONDAY + DAY), actor="bo", at=MONDAY + 2 * DAY)

    def at(moment: datetime) -> Version | None:
        return selectors.deployed_at(service, "production", moment)

    assert at(MONDAY - timedelta(seconds=1)) is None
    assert at(MONDAY) == first
    assert at(MONDAY + DAY - timedelta(seconds=1)) == first
    assert at(MONDAY + DAY) == second
    assert at(MONDAY + 2 * DAY) is None
    assert selectors.deployed_at(service, "staging", MONDAY) is None


def test_the_past_is_not_rewritten(first: Version, second: Version) -> None:
    start(first, MONDAY + DAY)
    with pytest.raises(Conflict) as error:
        start(second, MONDAY)
    assert error.value.code == "deployment.order"
    services.deployment_end(deployment=Deployment.objects.get(), actor="bo", at=MONDAY + 3 * DAY)
    with pytest.raises(Conflict):
        start(second, MONDAY + 2 * DAY)


def test_ending_is_idempotent_and_in_order(first: Version) -> None:
    deployment = start(first)
    with pytest.raises(InvalidInput) as error:
        services.deployment_end(deployment=deployment, actor="bo", at=MONDAY - DAY)
    assert error.value.code == "deployment.order"
    ended = services.deployment_end(deployment=deployment, actor="bo", at=MONDAY + DAY)
    again = services.deployment_end(deployment=deployment, actor="cy")
    assert (again.ended_at, again.ended_by) == (ended.ended_at, "bo")


def test_the_future_and_unknown_environments_are_refused(first: Version) -> None:
    with pytest.raises(InvalidInput, match="future"):
        start(first, timezone.now() + DAY)
    with pytest.raises(InvalidInput, match="no environment"):
        start(first, where="prod")


def test_retiring_ends_what_serves_and_restoring_does_not_bring_it_back(
    service: Service, first: Version
) -> None:
    start(first)
    services.service_retire(service=service, actor="ada", reason="replaced")
    services.service_retire(service=service, actor="ada", reason="again")
    assert Deployment.objects.filter(ended_at=None).count() == 0
    with pytest.raises(Conflict, match="retired"):
        start(first, None)
    service = services.service_restore(service=service, actor="ada", reason="needed")
    assert service.retired_at is None
    assert Deployment.objects.filter(ended_at=None).count() == 0
    assert start(first, None).ended_at is None
    assert Event.objects.filter(act="service.retire").get().reason == "replaced"


def test_changed_facts_keep_what_they_were(service: Service) -> None:
    old = service.tier
    changed = services.service_update(
        service=service, changes={"tier": "critical"}, actor="ro", reason="bigger loans"
    )
    event = Event.objects.get(act="service.change")
    assert changed.tier == "critical"
    assert (event.before, event.after, event.reason) == (
        {"tier": old},
        {"tier": "critical"},
        "bigger loans",
    )


@pytest.mark.parametrize(
    "changes",
    [{"slug": "x"}, {"tier": "huge"}, {"frameworks": ["soc2"]}, {"owner": ""}, {"frameworks": "x"}],
)
def test_facts_that_cannot_be_are_refused(service: Service, changes: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        services.service_update(service=service, changes=changes, actor="ro")
    assert Event.objects.count() == 0


def test_history_of_a_service_has_all_its_parts(service: Service, first: Version) -> None:
    start(first)
    services.service_update(service=service, changes={"name": "New"}, actor="ro")
    factories.version(factories.service(slug="other"), label="9")
    acts = [event.act for event in selectors.service_history(service)]
    assert acts == ["service.change", "deployment.start"]
