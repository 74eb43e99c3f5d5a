"""Data is kept while something needs it, then for the agreed days, then given up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from shield.common.errors import InvalidInput, NotPermitted
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.erasure import erase
from shield.registry.models import Dataset, Deployment, Retention, Service, StoredFile, Version
from shield.registry.retention import (
    retention,
    retention_apply,
    retention_change,
    retention_due,
)
from tests import factories
from tests.registry.test_registration import register

pytestmark = pytest.mark.django_db(transaction=True)

LONG_AGO = timedelta(days=400)


@pytest.fixture
def administrator() -> User:
    return factories.user(role=Role.ADMINISTRATOR)


@pytest.fixture
def old() -> Dataset:
    """Data of a replaced version, long unneeded."""
    service = factories.service()
    found = factories.version(service, "1").datasets.get()
    factories.version(service, "2")
    aged()
    return found


def aged(by: timedelta = LONG_AGO) -> None:
    then = timezone.now() - by
    Dataset.objects.update(created_at=then)
    Version.objects.update(created_at=then)


def keep(days: int) -> None:
    Retention.objects.update_or_create(pk=1, defaults={"keep_days": days})


def due() -> list[int]:
    return sorted(dataset.pk for each in retention_due() for dataset in each.datasets)


def test_without_a_policy_data_is_kept_for_ever(old: Dataset) -> None:
    assert retention().keep_days is None
    assert due() == []


def test_data_of_a_replaced_version_is_due_after_the_agreed_days(old: Dataset) -> None:
    keep(399)
    assert due() == [old.pk]
    keep(401)
    assert due() == []


def test_data_that_is_needed_again_by_the_time_of_its_turn_is_kept(
    old: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = factories.service("other")
    second = factories.version(service, "1")
    factories.version(service, "2")
    aged()
    keep(30)
    back = second.datasets.get()
    assert due() == sorted([old.pk, back.pk])

    def meanwhile(**how: object) -> None:
        erase(**how)  # type: ignore[arg-type]
        factories.deployment(second)

    monkeypatch.setattr("shield.registry.retention.erase", meanwhile)
    assert [each.file for each in retention_apply()] == [old.file]
    back.file.refresh_from_db()
    assert not back.file.erased


def test_data_of_the_newest_version_of_a_service_in_use_is_needed() -> None:
    factories.version()
    aged()
    keep(1)
    assert due() == []


def test_data_of_a_retired_service_is_due_after_its_retirement() -> None:
    found = factories.version().datasets.get()
    aged()
    keep(10)
    Service.objects.update(retired_at=timezone.now() - timedelta(days=9))
    assert due() == []
    Service.objects.update(retired_at=timezone.now() - timedelta(days=11))
    assert due() == [found.pk]


def test_data_of_a_deployed_version_is_needed_until_it_is_ended(old: Dataset) -> None:
    keep(10)
    factories.deployment(old.versions.get())
    assert due() == []
    Deployment.objects.update(ended_at=timezone.now() - timedelta(days=9))
    assert due() == []
    Deployment.objects.update(ended_at=timezone.now() - timedelta(days=11))
    assert due() == [old.pk]


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING])
def test_data_of_a_run_that_waits_or_runs_is_needed(old: Dataset, state: str) -> None:
    keep(1)
    factories.run(old.versions.get(), state=state)
    assert due() == []


def test_the_last_run_starts_the_clock_again(old: Dataset) -> None:
    keep(10)
    factories.run(old.versions.get())
    assert due() == []
    Run.objects.update(finished_at=timezone.now() - timedelta(days=11))
    assert due() == [old.pk]


def test_bytes_that_two_datasets_name_go_when_the_last_is_due(old: Dataset) -> None:
    other = factories.version(factories.service("other")).datasets.get()
    Dataset.objects.filter(pk=other.pk).update(file=old.file, sha256=old.sha256)
    aged()
    keep(10)
    assert due() == []
    Service.objects.filter(slug="other").update(retired_at=timezone.now() - timedelta(days=11))
    assert due() == sorted([old.pk, other.pk])


def test_what_is_due_is_given_up_once_with_its_reason_in_the_history(old: Dataset) -> None:
    keep(30)
    (done,) = retention_apply()
    assert done.file == old.file
    assert retention_apply() == []
    old.refresh_from_db()
    assert (old.file.erased_by, old.file.erased_for) == ("system", "retention")
    event = Event.objects.get(act="dataset.expire", object_type="dataset")
    assert (event.object_id, event.reason) == (str(old.pk), "nothing has needed it for 30 days")


def test_data_whose_retention_was_over_may_be_registered_again(tmp_path: Path) -> None:
    version = register(tmp_path)
    aged()
    Service.objects.update(retired_at=timezone.now() - timedelta(days=11))
    keep(10)
    assert len(retention_apply()) == 1
    name = version.datasets.get().file.name
    assert not default_storage.exists(name)
    Service.objects.update(retired_at=None)
    register(tmp_path)
    assert default_storage.exists(name)
    assert not StoredFile.objects.get().erased


def test_an_administrator_changes_the_policy_and_the_history_says_so(administrator: User) -> None:
    retention_change(keep_days=365, actor=administrator, reason="policy 7")
    assert retention().keep_days == 365
    event = Event.objects.get(act="retention.change")
    assert (event.before, event.after, event.reason, event.unit) == (
        {"keep_days": None}, {"keep_days": 365}, "policy 7", None,
    )  # fmt: skip
    retention_change(keep_days=365, actor=administrator, reason="again")
    assert Event.objects.filter(act="retention.change").count() == 1
    retention_change(keep_days=None, actor=administrator, reason="for ever")
    assert retention().keep_days is None


@pytest.mark.parametrize("days", [0, -1, 40_000])
def test_a_number_of_days_out_of_range_is_refused(administrator: User, days: int) -> None:
    with pytest.raises(InvalidInput):
        retention_change(keep_days=days, actor=administrator, reason="x")


def test_a_change_says_why(administrator: User) -> None:
    with pytest.raises(InvalidInput):
        retention_change(keep_days=5, actor=administrator, reason="")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
def test_nobody_else_changes_the_policy(role: Role) -> None:
    with pytest.raises(NotPermitted):
        retention_change(keep_days=5, actor=factories.user(role=role), reason="x")


def test_an_administrator_of_one_unit_does_not_change_it_for_all() -> None:
    local = factories.user(role=Role.ADMINISTRATOR, unit=factories.unit())
    with pytest.raises(NotPermitted):
        retention_change(keep_days=5, actor=local, reason="x")
