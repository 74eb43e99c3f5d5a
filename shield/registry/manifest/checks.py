"""Check ids and parameters of a manifest, held against the checks that exist."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Final

from shield.registry.manifest.model import Manifest
from shield.registry.manifest.problems import Problem, listed, shown, suggestion

EXTERNAL: Final = "external."
"""Checks that another tool runs and pushes are named `external.<tool>.<name>`."""


def is_external(check: str) -> bool:
    """True for a check whose values another tool pushes."""
    return check.startswith(EXTERNAL)


def validate_checks(manifest: Manifest, known_checks: Mapping[str, type]) -> list[Problem]:
    """Pillars, check ids and parameter names that do not exist, each with its line.

    `known_checks` maps a check id to its parameter dataclass. Values of parameters are judged by
    whoever builds that class.
    """
    pillars = {check.split(".", 1)[0] for check in known_checks}
    known = (*sorted(pillars), *sorted(known_checks))
    found = [
        _unknown(manifest, f"checks[{index}]", check, known)
        for index, check in enumerate(manifest.checks)
        if check not in known
    ]
    for section in ("parameters", "policy"):
        for check in getattr(manifest, section):
            if section == "policy" and is_external(check):
                continue  # a limit for what another tool pushes
            if check not in known_checks:
                found.append(_unknown(manifest, f"{section}.{check}", check, sorted(known_checks)))
    found += _parameters(manifest, known_checks)
    return sorted(found, key=lambda problem: (problem.line, problem.key))


def _unknown(
    manifest: Manifest, key: str, check: str, known: tuple[str, ...] | list[str]
) -> Problem:
    return Problem(
        manifest.file.name,
        manifest.line(key),
        key,
        f"a check that exists, got {shown(check)}",
        suggestion(check, known, otherwise=f"there are {listed(sorted(known))}"),
    )


def _parameters(manifest: Manifest, known_checks: Mapping[str, type]) -> Iterator[Problem]:
    for check, values in manifest.parameters.items():
        if check not in known_checks:
            continue
        names = [field.name for field in dataclasses.fields(known_checks[check])]
        for name in values:
            if name not in names:
                key = f"parameters.{check}.{name}"
                yield Problem(
                    manifest.file.name,
                    manifest.line(key),
                    key,
                    f"a parameter of {check}, got {shown(name)}",
                    suggestion(
                        name, names, otherwise=f"it takes {', '.join(names) or 'no parameters'}"
                    ),
                )
