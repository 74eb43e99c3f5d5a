"""Pages and API of erasing data and of how long it is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.registry.models import Dataset, Retention
from shield.registry.retention import retention
from tests import factories

pytestmark = pytest.mark.django_db

FORM = {"reason": "legal obligation", "comment": "Letter of 3 March"}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def dataset() -> Dataset:
    return factories.version().datasets.get()


@pytest.fixture
def officer() -> Client:
    return client_of(factories.user(role=Role.PRIVACY_OFFICER))


@pytest.fixture
def administrator() -> Client:
    return client_of(factories.user("root", role=Role.ADMINISTRATOR))


def page(of: Dataset) -> str:
    return reverse("dataset-detail", args=[of.pk])


def test_a_privacy_officer_erases_on_the_page_and_the_page_says_so(
    officer: Client, dataset: Dataset
) -> None:
    assert "Erase data" in officer.get(page(dataset)).content.decode()
    answer = officer.post(reverse("dataset-erase", args=[dataset.pk]), FORM, follow=True)
    seen = answer.content.decode()
    assert "The data was erased" in seen
    assert "legal obligation: Letter of 3 March" in seen
    assert "Erase data" not in seen


def test_nobody_else_is_offered_to_erase(dataset: Dataset) -> None:
    for role in set(Role) - {Role.PRIVACY_OFFICER}:
        assert "Erase data" not in client_of(factories.user(role=role)).get(
            page(dataset)
        ).content.decode()  # fmt: skip


@pytest.mark.parametrize("missing", ["reason", "comment"])
def test_without_reason_or_comment_nothing_is_erased(
    officer: Client, dataset: Dataset, missing: str
) -> None:
    officer.post(reverse("dataset-erase", args=[dataset.pk]), FORM | {missing: ""})
    dataset.file.refresh_from_db()
    assert not dataset.file.erased


def test_the_page_asks_to_agree_where_others_have_the_same_bytes(
    officer: Client, dataset: Dataset
) -> None:
    other = factories.version(factories.service("other")).datasets.get()
    Dataset.objects.filter(pk=other.pk).update(file=dataset.file)
    assert "1 other dataset too" in officer.get(page(dataset)).content.decode()
    url = reverse("dataset-erase", args=[dataset.pk])
    refused = officer.post(url, FORM)
    assert refused.status_code == 409
    officer.post(url, FORM | {"everywhere": "1"})
    dataset.file.refresh_from_db()
    assert dataset.file.erased


def test_the_api_erases_and_shows_what_was_erased(officer: Client, dataset: Dataset) -> None:
    url = f"/api/v1/datasets/{dataset.pk}/"
    assert officer.get(url).json()["erased_at"] is None
    body = {"reason": "request of a person"}
    shown = officer.post(f"{url}erase/", body, content_type="application/json").json()
    assert shown["erased_reason"] == "request of a person"
    assert shown["erased_at"]
    assert officer.post(f"{url}erase/", {}, content_type="application/json").status_code == 400


def test_data_of_a_foreign_unit_is_not_there_to_erase(dataset: Dataset) -> None:
    unit = factories.unit("elsewhere")
    local = client_of(factories.user(role=Role.PRIVACY_OFFICER, unit=unit))
    assert local.post(reverse("dataset-erase", args=[dataset.pk]), FORM).status_code == 404
    answer = local.post(
        f"/api/v1/datasets/{dataset.pk}/erase/", {"reason": "x"}, content_type="application/json"
    )
    assert answer.status_code == 404


def test_an_administrator_sets_the_days_on_the_page(administrator: Client) -> None:
    url = reverse("retention")
    assert "For ever" in administrator.get(url).content.decode()
    seen = administrator.post(
        url, FORM | {"keep_days": "365"}, follow=True
    ).content.decode()  # fmt: skip
    assert "365 days after the last need" in seen
    administrator.post(url, FORM | {"keep_days": ""})
    assert retention().keep_days is None


@pytest.mark.parametrize("days", ["0", "-3", "99999", "x"])
def test_days_that_are_none_are_refused(administrator: Client, days: str) -> None:
    administrator.post(reverse("retention"), FORM | {"keep_days": days})
    assert retention().keep_days is None


def test_the_page_names_what_is_due_in_ones_units() -> None:
    unit = factories.unit("retail")
    for slug, of in (("ours", unit), ("theirs", factories.unit("other"))):
        factories.version(
            factories.service(slug, unit=of, retired_at=timezone.now() - timedelta(9))
        )
    Dataset.objects.update(created_at=timezone.now() - timedelta(days=99))
    Retention.objects.create(pk=1, keep_days=5)
    url = reverse("retention")
    local = client_of(factories.user(unit=unit)).get(url).content.decode()
    assert "Ours" in local
    assert "Theirs" not in local
    everywhere = client_of(factories.user()).get(url).content.decode()
    assert "Theirs" in everywhere


def test_the_api_shows_and_changes_the_retention(administrator: Client) -> None:
    url = "/api/v1/retention"
    assert administrator.get(url).json()["keep_days"] is None
    body = {"keep_days": 30, "reason": "policy"}
    shown = administrator.put(url, body, content_type="application/json").json()
    assert (shown["keep_days"], shown["changed_by"]) == (30, "root")
    bad = administrator.put(url, {"keep_days": 30}, content_type="application/json")
    assert bad.status_code == 400
