"""What every test shares: Hypothesis profiles, and what a missing prerequisite means."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.support import browser
from tests.support.embedded import migrated
from tests.support.migrated import as_after_migrate
from tests.support.triggers import flush_without_triggers

IN_CI = os.environ.get("CI") == "true"

# `ci` is the default: the same examples every time; `deep` searches on, with new ones.
hypothesis_settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.register_profile("deep", deadline=None, max_examples=2000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


# What pytest-django's database fixtures and its mark leave in a test's fixtures.
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}


@pytest.fixture(autouse=True)
def _nothing_is_cached() -> None:
    """What one test looked at is no answer to the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def _as_after_migrate(request: pytest.FixtureRequest) -> None:
    """What `migrate` leaves behind, also where a test with real transactions has emptied the tables."""
    if not uses_database(request.node):
        return
    request.getfixturevalue("db")
    as_after_migrate()


def uses_database(item: pytest.Item) -> bool:
    """Whether a test asks for the database, by its mark or by a fixture."""
    return bool(
        item.get_closest_marker("django_db")
        or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--only-database`: what a second database can answer differently."""
    parser.addoption(
        "--only-database", action="store_true", help="only tests that use the database"
    )


LONG = {
    name: place
    for place, name in enumerate(
        ("browser", "resilience", "commands", "demo", "production", "badinput", "permissions")
    )
}
"""Folders with files that take from half a minute up on their own, in the order to begin them."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first, so that no worker is left alone with one; leave out what never meets
    the database, when asked to."""
    items.sort(key=lambda item: LONG.get(item.nodeid.split("/")[1], len(LONG)))
    if not config.getoption("--only-database"):
        return
    uses = {item: uses_database(item) for item in items}
    config.hook.pytest_deselected(items=[item for item in items if not uses[item]])
    items[:] = [item for item in items if uses[item]]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, with what to do; the markers are in pyproject.toml."""
    if item.get_closest_marker("browser") and browser.executable() is None:
        _lacking(f"no Chromium found: {browser.INSTALL}", needed_in_ci=True)
    if item.get_closest_marker("shared") and not _shared_path().is_dir():
        # The data sets are not part of the repository and a CI machine need not have them.
        _lacking(
            f"the data sets are not at {_shared_path()}: set SHIELD_SHARED to the folder that has "
            "tabular/ in its data/",
            needed_in_ci="SHIELD_SHARED" in os.environ,
        )
    if item.get_closest_marker("postgres") and "postgresql" not in _engine():
        pytest.skip("only on PostgreSQL: python -m tests.support.postgres pytest …")


def _lacking(sentence: str, *, needed_in_ci: bool) -> None:
    """Fail in CI where the prerequisite is promised there, else skip; both say what to do."""
    if IN_CI and needed_in_ci:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


def _shared_path() -> Path:
    return Path(settings.SHIELD_SHARED) / "data"


def _engine() -> str:
    return str(settings.DATABASES["default"]["ENGINE"])


@pytest.fixture(scope="session")
def shared_tabular() -> Path:
    """The folder of the real tables (Adult, COMPAS, Taiwan, HMDA); tests carry the mark `shared`."""
    return _shared_path() / "tabular"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded database after `migrate`, for commands in processes of their own: to be copied."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # one for all workers
    return migrated(shared / "migrated")


@pytest.fixture(scope="session", autouse=True)
def _flush() -> Iterator[None]:
    """The audit trail's triggers stand aside when tables are emptied between tests, only then."""
    with flush_without_triggers():
        yield
