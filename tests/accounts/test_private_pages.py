"""Answers to signed-in users are not kept by browsers or proxies."""

import pytest

from tests import factories

pytestmark = pytest.mark.django_db


def test_pages_and_api_of_a_signed_in_user_are_not_stored(client) -> None:
    client.force_login(factories.user("ada", role="viewer"))
    for path in ("/", "/findings/", "/findings/?export=csv", "/api/v1/services/"):
        assert client.get(path)["Cache-Control"] == "private, no-store", path


def test_an_answer_that_sets_its_own_rules_keeps_them(client) -> None:
    client.force_login(factories.user("ada", role="viewer"))
    assert "max-age=0" in client.get("/login/?next=/")["Cache-Control"]
