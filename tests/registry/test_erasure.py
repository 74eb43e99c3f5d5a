"""Erasing data: the bytes go, what was measured and the history stay; what shares bytes goes along."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from assessments.services import run_start
from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.records.models import MeasurementRecord
from shield.registry import files
from shield.registry.erasure import dataset_erase
from shield.registry.files import local_path
from shield.registry.models import Dataset, Version
from tests import factories
from tests.registry.test_registration import register

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer() -> User:
    return factories.user(role=Role.PRIVACY_OFFICER)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """The test data of a version, with its bytes in the storage."""
    version = factories.version()
    found = version.datasets.select_related("file").get()
    give_bytes(found, tmp_path / "test.csv")
    return found


def give_bytes(to: Dataset, path: Path) -> None:
    path.write_bytes(f"race,approve\nwhite,1\n{to.pk}".encode())
    row = files.stored(files.keep(path))
    to.file, to.sha256 = row, row.sha256
    to.save()


def erase(dataset: Dataset, actor: User, **more: object) -> None:
    dataset_erase(dataset=dataset, actor=actor, reason="customer asked", **more)  # type: ignore[arg-type]
    dataset.refresh_from_db()


def test_the_bytes_go_and_the_row_its_digest_its_measurements_and_its_history_stay(
    dataset: Dataset, officer: User
) -> None:
    factories.run(dataset.versions.get())
    measured = MeasurementRecord.objects.count()
    assert default_storage.exists(dataset.file.name)
    digest = dataset.sha256
    erase(dataset, officer)
    assert not default_storage.exists(dataset.file.name)
    assert (dataset.sha256, MeasurementRecord.objects.count()) == (digest, measured)
    assert (dataset.file.erased_by, dataset.file.erased_reason) == (
        officer.username, "customer asked",
    )  # fmt: skip
    event = Event.objects.get(act="dataset.erase", object_type="dataset")
    assert (event.actor, event.reason, event.unit) == (
        officer.username, "customer asked", dataset.unit_id,
    )  # fmt: skip


def test_erasing_again_changes_nothing(dataset: Dataset, officer: User) -> None:
    erase(dataset, officer)
    before = dataset.file.erased_at
    erase(dataset, officer)
    assert dataset.file.erased_at == before
    assert Event.objects.filter(act="dataset.erase", object_type="dataset").count() == 1


def test_a_run_on_erased_data_is_refused_with_what_to_do(dataset: Dataset, officer: User) -> None:
    erase(dataset, officer)
    with pytest.raises(Conflict) as error:
        run_start(version=dataset.versions.get(), actor="ada", enqueue=False)
    assert error.value.code == "dataset.erased"
    assert officer.username in error.value.message
    assert "other data" in error.value.hint


def test_a_run_that_has_started_meets_the_same_words(dataset: Dataset, officer: User) -> None:
    erase(dataset, officer)
    with pytest.raises(Conflict) as error, local_path(dataset.file):
        pass
    assert error.value.code == "dataset.erased"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PRIVACY_OFFICER}))
def test_only_a_privacy_officer_erases(dataset: Dataset, role: Role) -> None:
    with pytest.raises(NotPermitted):
        erase(dataset, factories.user(role=role))
    assert default_storage.exists(dataset.file.name)


def test_a_privacy_officer_of_another_unit_does_not(dataset: Dataset) -> None:
    with pytest.raises(NotPermitted):
        erase(dataset, factories.user(role=Role.PRIVACY_OFFICER, unit=factories.unit("other")))


def test_an_erasure_says_why(dataset: Dataset, officer: User) -> None:
    with pytest.raises(InvalidInput):
        dataset_erase(dataset=dataset, actor=officer, reason="  ")


def shared_with(dataset: Dataset, slug: str, **facts: object) -> Dataset:
    """A dataset of another service with the same bytes."""
    other = factories.version(factories.service(slug, **facts)).datasets.get()
    other.file, other.sha256 = dataset.file, dataset.sha256
    other.save()
    return other


def test_bytes_that_another_dataset_keeps_are_erased_in_both_or_in_none(
    dataset: Dataset, officer: User
) -> None:
    other = shared_with(dataset, "other")
    with pytest.raises(Conflict) as error:
        erase(dataset, officer)
    assert error.value.code == "dataset.shared"
    assert "Other" in error.value.message
    assert default_storage.exists(dataset.file.name)
    erase(dataset, officer, everywhere=True)
    other.refresh_from_db()
    assert other.file.erased
    assert not default_storage.exists(dataset.file.name)
    named = Event.objects.filter(act="dataset.erase", object_type="dataset")
    assert {event.object_id for event in named} == {str(dataset.pk), str(other.pk)}


def test_bytes_that_a_foreign_unit_keeps_are_not_erased_nor_is_its_name_told(
    dataset: Dataset,
) -> None:
    shared_with(dataset, "secret-service", unit=factories.unit("foreign"))
    unit = dataset.service.unit
    with pytest.raises(Conflict) as error:
        erase(dataset, factories.user(role=Role.PRIVACY_OFFICER, unit=unit), everywhere=True)
    assert error.value.code == "dataset.shared_elsewhere"
    assert "ecret" not in str(error.value)
    assert default_storage.exists(dataset.file.name)


def test_a_version_whose_artefact_are_the_same_bytes_loses_them_and_says_so(
    dataset: Dataset, officer: User
) -> None:
    version = dataset.versions.get()
    Version.objects.filter(pk=version.pk).update(artefact=dataset.file)
    erase(dataset, officer)
    assert Event.objects.get(act="dataset.erase", object_type="version").object_id == str(
        version.pk
    )


def test_a_crash_before_the_bytes_are_deleted_leaves_them_to_the_sweep(
    dataset: Dataset, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(files, "give_up", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(dataset, officer)
    dataset.refresh_from_db()
    assert dataset.file.erased
    assert default_storage.exists(dataset.file.name)
    with monkeypatch.context() as patch:
        patch.setattr(files, "ORPHAN_AGE", -files.ORPHAN_AGE)
        assert dataset.file.name in files.sweep()
    assert not default_storage.exists(dataset.file.name)


def test_bytes_that_were_erased_on_request_do_not_come_back(tmp_path: Path, officer: User) -> None:
    found = register(tmp_path).datasets.get()
    erase(found, officer, everywhere=True)
    with pytest.raises(Conflict) as error:
        register(tmp_path)
    assert error.value.code == "dataset.erased"
    assert not default_storage.exists(found.file.name)


def test_a_run_of_predictions_whose_table_was_erased_is_refused(
    tmp_path: Path, officer: User
) -> None:
    version = register(tmp_path)
    erase(version.datasets.get(), officer)
    with pytest.raises(Conflict):
        run_start(version=version, actor="ada", enqueue=False)
