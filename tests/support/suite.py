"""`make test`: the whole suite on SQLite, then what uses the database on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.support import browser, postgres

WORKERS = str(min(os.cpu_count() or 1, 8))
# By file, in the order of tests/conftest.py: the longest first, not those with the most tests.
PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", WORKERS,
          "--dist", "loadscope", "--no-loadscope-reorder"]  # fmt: skip

SAME_ON_BOTH = ("tests/permissions", "tests/api/test_permissions.py", "tests/web/test_routes.py")
"""Walks over every route and role, minutes long, that ask the policy: no database answers it."""
SQLITE_ONLY = (
    "tests/badinput/test_full_disk.py::test_a_disk_that_is_really_full",
    "tests/commands/test_assess.py::test_wrong_usage_exits_with_3_and_says_what_is_wrong",
    "tests/commands/test_assess.py::test_the_same_inputs_policy_and_seed_give_the_same_bytes",
    "tests/commands/test_assess.py::test_torch_and_the_other_heavy_libraries_are_never_imported",
    "tests/commands/test_assess.py::test_a_database_that_exists_is_not_migrated_again",
    "tests/commands/test_backup.py::test_the_two_commands_move_an_embedded_installation",
    "tests/commands/test_backup.py::test_sealers_at_the_same_moment_seal_every_event",
)
"""Processes of their own, each with an embedded SQLite: the suite's database never hears of them."""
BY_ITSELF = ("tests/client",)
"""Passes on PostgreSQL by itself, not yet behind other files: its worker in the process waits there."""


def missing() -> list[str]:
    """What the whole suite needs and this machine does not have, each with how to install it."""
    lacks = []
    if browser.executable() is None:
        lacks.append(f"a browser: {browser.INSTALL}")
    if postgres.programs() is None:
        lacks.append(f"PostgreSQL: {postgres.INSTALL}")
    if shutil.which("redis-server") is None:
        lacks.append("Redis: apt-get install redis-server")
    return lacks


def _say(text: str) -> None:
    print(f"→ {text}", flush=True)


def main() -> int:
    """Run the suite; the exit status is pytest's, or 1 where CI lacks something."""
    lacks = missing()
    for lack in lacks:
        _say(f"not tested here, because this machine lacks {lack}")
    if lacks and os.environ.get("CI") == "true":
        _say("in CI that is a failure")
        return 1
    _say("the whole suite on SQLite")
    status = subprocess.run(PYTEST, check=False).returncode
    if status or postgres.programs() is None:
        return status
    _say("what uses the database, but not the browser, on PostgreSQL")
    left_out = [f"--ignore={path}" for path in (*SAME_ON_BOTH, *BY_ITSELF)]
    left_out += [f"--deselect={test}" for test in SQLITE_ONLY]
    return postgres.main([*PYTEST, "-m", "not browser", "--only-database", *left_out])


if __name__ == "__main__":
    sys.exit(main())
