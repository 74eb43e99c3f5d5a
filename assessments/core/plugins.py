"""Finds the checks: every module of the built-in pillars, then what other packages contribute.

Adding a built-in check is adding a file: nothing lists the files. A package outside the project
names a module under the entry-point group `shield.checks`; a plug-in that cannot be loaded is a
warning that names it, because somebody else's mistake must not stop an assessment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import walk_packages

PILLARS = ("assessments.core.fairness", "assessments.core.performance")
GROUP = "shield.checks"


@dataclass(frozen=True, slots=True)
class LoadWarning:
    """A plug-in whose checks are missing, and why."""

    code: str
    message: str


@cache
def load_checks() -> tuple[LoadWarning, ...]:
    """Fill the registry once per process; answers what could not be loaded.

    An error in a built-in pillar is a bug of this project and is raised.
    """
    for pillar in PILLARS:
        load_package(pillar)
    return load_plugins(sorted(entry_points(group=GROUP), key=lambda entry: entry.name))


def load_package(name: str) -> None:
    """Import a package and every module below it; their decorators register the checks."""
    package = import_module(name)
    for module in walk_packages(package.__path__, f"{name}."):
        import_module(module.name)


def load_plugins(found: Iterable[EntryPoint]) -> tuple[LoadWarning, ...]:
    """Load each entry point by itself; a broken one becomes a warning."""
    warnings = []
    for entry in found:
        try:
            entry.load()
        except Exception as error:
            warnings.append(_warning(entry, error))
    return tuple(warnings)


def _warning(entry: EntryPoint, error: Exception) -> LoadWarning:
    package = entry.dist.name if entry.dist is not None else "an unknown package"
    return LoadWarning(
        code="plugin.broken",
        message=(
            f"The plug-in {entry.name} ({entry.value}, from {package}) could not be loaded:"
            f" {type(error).__name__}: {error}. Its checks are not part of this run."
        ),
    )
