"""The frameworks as data: which requirements there are, and what answers each of them.

One file a framework in `data/`, held to `framework-v1.schema.json`. Identifiers and short titles only:
the text of standards belongs to their publishers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from shield.evidence.canonical import digest

DATA: Final = Path(__file__).parent / "data"
ORDER: Final = (
    "mas-feat", "mas-aim", "nist-ai-rmf", "eu-ai-act", "iso-42001", "ai-verify", "sr-26-2",
)  # fmt: skip


class Asked(StrEnum):
    """What a measurement must have come to, in order to answer a requirement."""

    MEASURED = "measured"  # a value, also one that no limit judges
    DECIDED = "decided"  # passed or failed: the question has an answer
    PASS = "pass"  # noqa: S105  passed


@dataclass(frozen=True, slots=True)
class Evidence:
    """Measurements that answer a requirement: any of these checks (or pillars), not older than this."""

    checks: tuple[str, ...]
    fresh_days: int
    outcome: Asked

    def asks_for(self, check: str) -> bool:
        """Whether a check belongs to it, by its id or by its pillar."""
        return check in self.checks or check.partition(".")[0] in self.checks


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement. `statement` is the question that only a person can answer, or ""."""

    id: str
    title: str
    group: str
    evidence: tuple[Evidence, ...] = ()
    statement: str = ""
    organisation: bool = False
    """True when the answer is usually the same for every service of the organisation."""

    @property
    def slug(self) -> str:
        """The identifier as a part of an address."""
        return re.sub(r"[^a-z0-9]+", "-", self.id.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Group:
    """Requirements that the framework puts under one heading."""

    id: str
    title: str
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True)
class Framework:
    """One framework in one edition; `sha256` tells coverage that was computed by an older file."""

    id: str
    title: str
    publisher: str
    edition: str
    proposed: bool
    source: str
    note: str
    applies_from: date | None
    groups: tuple[Group, ...]
    sha256: str

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        """All of them in order."""
        return tuple(item for group in self.groups for item in group.requirements)

    @cached_property
    def by_id(self) -> dict[str, Requirement]:
        """Identifier → requirement."""
        return {item.id: item for item in self.requirements}

    @cached_property
    def by_slug(self) -> dict[str, Requirement]:
        """Part of an address → requirement."""
        return {item.slug: item for item in self.requirements}


@lru_cache(maxsize=1)
def frameworks() -> Mapping[str, Framework]:
    """Every framework by id, in the order in which lists show them; the files are read once."""
    return {name: parse(_read(DATA / f"{name}.yaml")) for name in ORDER}


def parse(data: Mapping[str, Any]) -> Framework:
    """A framework from the contents of its file, which the schema has accepted."""
    applies = data.get("applies_from")
    return Framework(
        id=data["id"],
        title=data["title"],
        publisher=data["publisher"],
        edition=data["edition"],
        proposed=data["status"] == "proposed",
        source=data["source"],
        note=data["note"],
        applies_from=date.fromisoformat(applies) if applies else None,
        groups=tuple(_group(item) for item in data["groups"]),
        sha256=digest(dict(data)),
    )


def _read(file: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def _group(data: Mapping[str, Any]) -> Group:
    return Group(
        id=data["id"],
        title=data["title"],
        requirements=tuple(_requirement(item, data["id"]) for item in data["requirements"]),
    )


def _requirement(data: Mapping[str, Any], group: str) -> Requirement:
    question = data.get("statement", "")
    if question is True:
        question = (
            "How is this met? Name the document or place where it can be seen, and who keeps it."
        )
    return Requirement(
        id=data["id"],
        title=data["title"],
        group=group,
        evidence=tuple(
            Evidence(tuple(item["checks"]), item["fresh_days"], Asked(item["outcome"]))
            for item in data.get("evidence", ())
        ),
        statement=question,
        organisation=data.get("scope") == "organisation",
    )
