"""The benchmark's business units, people, services, versions, data and deployments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from benchmarks import web_world as w
from benchmarks.web_world import NOW, World

TIERS = ("low", "moderate", "high", "critical")


def units(world: World) -> Iterator[dict[str, object]]:
    for key in range(1, world.units + 1):
        yield {"id": key, "slug": f"unit-{key}", "name": f"Business unit {key}"}


def people(world: World, password: str) -> Iterator[dict[str, object]]:
    for key in range(1, world.people + 1):
        name = f"person{key}"
        yield {"id": key, "username": name, "email": f"{name}@example.org", "password": password,
               "is_active": True, "is_superuser": False, "is_staff": False,
               "last_login": None}  # fmt: skip


def is_everywhere(person: int) -> bool:
    """Three of ten people are not bound to a business unit."""
    return person % 10 < 3


def grants(world: World) -> Iterator[dict[str, object]]:
    roles = ("engineer", "risk_officer", "viewer", "engineer", "approver", "engineer", "viewer")
    key = 0
    for person in range(1, world.people + 1):
        places: list[int | None] = [None]
        if not is_everywhere(person):
            places = sorted({person % world.units + 1, (person * 7) % world.units + 1})
        for unit in places:
            key += 1
            yield {"id": key, "user_id": person, "role": roles[person % 7], "unit_id": unit}


def files(world: World) -> Iterator[dict[str, object]]:
    for key in range(1, world.services * (w.VERSIONS + 2) + 1):
        found = sha(key)
        yield {"id": key, "sha256": found, "size": 100_000 + key, "name": f"{found[:2]}/{found}"}


def sha(key: int) -> str:
    """A digest that looks like one."""
    return f"{key * 0x9E3779B97F4A7C15 % 2**64:016x}" * 4


def services(world: World) -> Iterator[dict[str, object]]:
    rules = {"columns": {name: {"groups": [f"{name} {n}" for n in range(12)]} for name in "abc"}}
    for place in range(world.services):
        yield {
            "id": place + 1, "unit_id": int(world.unit_of[place]), "slug": world.slug(place),
            "name": world.name(place), "owner": f"team{place % 90}@example.org",
            "purpose": f"Decides on {w.DOMAINS[place % 8][0]} for customers of line {place % 17}.",
            "tier": TIERS[place % 4], "frameworks": ["mas-feat", "nist-ai-rmf"],
            "group_rules": rules, "retired_at": NOW if place % 50 == 49 else None,
        }  # fmt: skip


def datasets(world: World) -> Iterator[dict[str, object]]:
    columns = [{"name": f"column_{n}", "type": "float64"} for n in range(30)]
    for place in range(world.services):
        for turn, role in enumerate(("test", "train")):
            key = place * 2 + turn + 1
            file = world.services * w.VERSIONS + key
            yield {"id": key, "service_id": place + 1, "role": role, "sha256": sha(file),
                   "file_id": file, "format": "parquet", "rows": 20_000 + place,
                   "columns": columns}  # fmt: skip


def versions(world: World) -> Iterator[dict[str, object]]:
    for place in range(world.services):
        for turn in range(w.VERSIONS):
            key = place * w.VERSIONS + turn + 1
            yield {"id": key, "service_id": place + 1, "label": f"2026.{turn + 1}",
                   "kind": "onnx", "artefact_sha256": sha(key), "artefact_id": key,
                   "manifest": manifest(world, place, turn), "manifest_sha256": sha(key + 1),
                   "created_at": NOW - timedelta(days=100 * (w.VERSIONS - turn)),
                   "created_by": f"person{place % world.people + 1}"}  # fmt: skip


def manifest(world: World, place: int, turn: int) -> dict[str, object]:
    _, *sensitive = w.DOMAINS[place % 8]
    return {
        "shield": 1,
        "service": {"id": world.slug(place), "name": world.name(place), "tier": TIERS[place % 4]},
        "model": {"version": f"2026.{turn + 1}", "kind": "onnx", "path": "model.onnx"},
        "data": {"test": {"path": "test.parquet"}, "sensitive": sensitive, "favourable": 1,
                 "target": "approved", "score": "score"},
        "parameters": {check: {"confidence": 0.95} for check, _ in w.CHECKS},
    }  # fmt: skip


def version_datasets(world: World) -> Iterator[dict[str, object]]:
    for key in range(1, world.services * w.VERSIONS + 1):
        yield {"version_id": key, "dataset_id": (key - 1) // w.VERSIONS * 2 + 1}


def deployments(world: World) -> Iterator[dict[str, object]]:
    for place in range(world.services):
        for turn, environment in enumerate(("production", "staging")):
            yield {"service_id": place + 1, "version_id": place * w.VERSIONS + 3 + turn,
                   "environment": environment, "started_at": NOW - timedelta(days=90),
                   "ended_at": None, "started_by": "ops@example.org"}  # fmt: skip
