"""The embedded database makes and updates itself; any other is the administrator's."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection

from shield.common.errors import MissingPrerequisite


def ensure_database() -> None:
    """Create or migrate the embedded database when it is behind; quick when it is not.

    Raises MissingPrerequisite for a server's database that is behind: migrating that is a decision.
    """
    if not _behind():
        return
    if connection.vendor != "sqlite":
        raise MissingPrerequisite(
            "database.behind",
            "The database has not been migrated to this version of the product.",
            "python manage.py migrate",
        )
    with _only_one():
        if _behind():
            _create_private()
            call_command("migrate", interactive=False, verbosity=0)


def _create_private() -> None:
    """The file before SQLite makes it: only for this user, whose sessions and password hashes it
    holds. SQLite gives its journals the same mode."""
    if not _in_memory():
        Path(connection.settings_dict["NAME"]).touch(mode=0o600)


def _behind() -> bool:
    """True when a migration on disk is not in the table of applied ones.

    Compares names and imports nothing: loading the whole migration graph costs ten times as much.
    """
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not _in_memory() and not Path(name).exists():
        return True
    with connection.cursor() as cursor:
        if "django_migrations" not in connection.introspection.table_names(cursor):
            return True
        cursor.execute("SELECT app, name FROM django_migrations")
        applied = set(cursor.fetchall())
    return not _on_disk() <= applied


def _on_disk() -> set[tuple[str, str]]:
    found = set()
    for app in apps.get_app_configs():
        spec = find_spec(f"{app.name}.migrations")
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            found |= {(app.label, path.stem) for path in Path(folder).glob("[0-9]*.py")}
    return found


def _in_memory() -> bool:
    name = str(connection.settings_dict["NAME"])
    return name == ":memory:" or "mode=memory" in name


@contextmanager
def _only_one() -> Iterator[None]:
    """Two commands that start on a fresh machine take turns."""
    if _in_memory():
        yield
        return
    lock = Path(connection.settings_dict["NAME"]).with_suffix(".migrate.lock")
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
