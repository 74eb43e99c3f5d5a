"""Fills an empty, migrated PostgreSQL with the benchmark's organisation, in bulk.

    SHIELD_DATABASE_URL=postgres://… python -m benchmarks.web_data [--services 2000] [--seed 7]

For each 1,000 services: 500,000 findings (a tenth active), 12,500 finished runs with 2,500,000
measurements, 500,000 audit events, 250 people with grants. The standing of every service is then
computed by the product itself.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import django
import numpy as np

from benchmarks import web_world as w
from benchmarks.web_copy import NULL, copy_lines, copy_rows, sequences_reset, text
from benchmarks.web_world import NOW, World

DAYS = {"critical": 7, "high": 30, "medium": 90, "low": 120, "info": 180}
TIERS = ("low", "moderate", "high", "critical")


def fill(world: World, say: Callable[[str], None] = print) -> None:
    """Write everything in one transaction, then let the product compute the standings."""
    from django.contrib.auth.hashers import make_password
    from django.db import connection, transaction

    from shield.accounts import models as accounts
    from shield.audit.models import Event, Seal
    from shield.findings.models import Finding, TimelineEntry
    from shield.records import models as records
    from shield.registry import models as registry
    from shield.risk.figures import figures_refresh
    from shield.risk.standing import standings_refresh_all

    plan = [
        (accounts.BusinessUnit, units(world)),
        (accounts.User, people(world, make_password(None))),
        (accounts.Grant, grants(world)),
        (registry.StoredFile, files(world)),
        (registry.Service, services(world)),
        (registry.Dataset, datasets(world)),
        (registry.Version, versions(world)),
        (registry.Version.datasets.through, version_datasets(world)),
        (registry.Deployment, deployments(world)),
        (records.Run, runs(world)),
        (records.Run.datasets.through, run_datasets(world)),
        (records.RunLog, run_log(world)),
    ]
    bulk = [
        (records.CheckRecord, CHECK_COLUMNS, check_lines(world)),
        (records.MeasurementRecord, MEASURED_COLUMNS, measurement_lines(world)),
        (Finding, FINDING_COLUMNS, finding_lines(world)),
        (TimelineEntry, TIMELINE_COLUMNS, timeline_lines(world)),
        (Event, EVENT_COLUMNS, event_lines(world)),
        (Seal, SEAL_COLUMNS, seal_lines(world)),
    ]
    tables = [model for model, *_ in (*plan, *bulk)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no checks row by row
        names = ", ".join(f'"{model._meta.db_table}"' for model in tables)
        cursor.execute(f"TRUNCATE {names} CASCADE")  # a table made empty here needs no log
        for model, rows in plan:
            _timed(say, model.__name__, lambda m=model, r=rows: copy_rows(m, r, NOW))
        for model, columns, lines in bulk:
            _timed(
                say, model.__name__, lambda m=model, c=columns, x=lines: copy_lines(m, c, x, NOW)
            )
    sequences_reset(model for model in tables if model is not records.Run)
    with connection.cursor() as cursor:
        _timed(say, "vacuum", lambda: cursor.execute("VACUUM (ANALYZE)"))
    _timed(say, "standings", standings_refresh_all)
    _timed(say, "figures of the days", figures_refresh)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) risk_standing")


def _timed(say: Callable[[str], None], name: str, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    say(f"  {name:28}{time.perf_counter() - start:7.1f} s")


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
        sha = _sha(key)
        yield {"id": key, "sha256": sha, "size": 100_000 + key, "name": f"{sha[:2]}/{sha}"}


def _sha(key: int) -> str:
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
            yield {"id": key, "service_id": place + 1, "role": role, "sha256": _sha(file),
                   "file_id": file, "format": "parquet", "rows": 20_000 + place,
                   "columns": columns}  # fmt: skip


def versions(world: World) -> Iterator[dict[str, object]]:
    for place in range(world.services):
        for turn in range(w.VERSIONS):
            key = place * w.VERSIONS + turn + 1
            yield {"id": key, "service_id": place + 1, "label": f"2026.{turn + 1}",
                   "kind": "onnx", "artefact_sha256": _sha(key), "artefact_id": key,
                   "manifest": manifest(world, place, turn), "manifest_sha256": _sha(key + 1),
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


def _version_of(world: World, run: w.Made) -> int:
    return run.service * w.VERSIONS + min(w.VERSIONS - 1, run.place // 3) + 1


def runs(world: World) -> Iterator[dict[str, object]]:
    plan = [{"check": check, "version": "1", "parameters": {"confidence": 0.95}, "by_id": False}
            for check, _ in w.CHECKS]  # fmt: skip
    rules = {check: {"min": 0.8, "max": None, "severity": "high", "required": True}
             for check, _ in w.CHECKS}  # fmt: skip
    policy = {"name": "high", "version": "1", "fail_on": "high", "checks": ["fairness"],
              "rules": rules}  # fmt: skip
    fixed = {"plan": text(plan), "policy": text(policy), "policy_sha256": _sha(1),
             "seed": 0, "requested_by": "ci@example.org", "worker": ""}  # fmt: skip
    coverage = {"planned": 20, "measured": 20, "skipped": 0, "error": 0}
    for run in world.runs:
        gate = {"outcome": "fail", "exit": 1, "fail_on": "high", "accepted": []}
        yield fixed | {
            "id": run.id, "service_id": run.service + 1, "version_id": _version_of(world, run),
            "state": "finished", "outcome": run.outcome, "queued_at": run.at,
            "started_at": run.at, "finished_at": run.at + timedelta(seconds=40),
            "inputs": {"manifest": manifest(world, run.service, 3), "group_rules": {}},
            "pillars": {"fairness": run.outcome, "performance": "pass"},
            "coverage": coverage, "gate": gate, "progress": 1.0,
            "reproducibility": {"duration_s": 40.0, "data_sha256": {"test": _sha(9)},
                                "packages": {"numpy": "2.4.6", "scipy": "1.17.1"}},
        }  # fmt: skip
    for number, state in enumerate(("failed", "errored", "queued", "running") * world.services):
        if number % 16 > 3:
            continue
        place = number % world.services
        at = NOW - timedelta(minutes=37 * (number + 1))
        ended = at if state in {"failed", "errored"} else None
        yield fixed | {
            "id": f"{number:08x}-0000-4000-8000-000000000000", "service_id": place + 1,
            "version_id": place * w.VERSIONS + 4, "state": state, "outcome": None, "queued_at": at,
            "started_at": ended, "finished_at": ended, "inputs": {}, "pillars": {}, "coverage": {},
            "gate": {}, "progress": 0.0, "reproducibility": {},
        }  # fmt: skip


def run_datasets(world: World) -> Iterator[dict[str, object]]:
    for run in world.runs:
        yield {"run_id": run.id, "dataset_id": run.service * 2 + 1}


def run_log(world: World) -> Iterator[dict[str, object]]:
    for run in world.runs:
        for line in ("Requested by ci@example.org.", "20 checks planned.", "Finished: fail."):
            yield {"run_id": run.id, "at": run.at, "level": "info", "message": line}


CHECK_COLUMNS = (
    "id", "run_id", "position", "check_id", "check_version", "pillar", "title", "parameters",
    "outcome", "duration_s", "warnings", "attempts", "finished_at",
)  # fmt: skip


def check_lines(world: World) -> Iterator[str]:
    """Twenty records a run."""
    for number, run in enumerate(world.runs):
        failed = failures(world, run).any(axis=1)
        for place, (check, title) in enumerate(w.CHECKS):
            outcome = "fail" if failed[place] else "pass"
            yield (
                f"{number * len(w.CHECKS) + place + 1}\t{run.id}\t{place}\t{check}\t1\t"
                f"{check.split('.')[0]}\t{title}\t{{}}\t{outcome}\t0.4\t[]\t1\t{run.at}"
            )


def failures(world: World, run: w.Made) -> np.ndarray:
    """Which of the run's measurements fail: (20 checks, 10 slices)."""
    turn, step = run.place % 3, run.place // 3
    base = w.BASES[turn]
    window = slice(base, base + w.PER_CHECK)
    shape = (len(w.CHECKS), w.SLICES)
    state = world.state[run.service].reshape(shape)[:, window]
    first = world.first_place[run.service].reshape(shape)[:, window]
    failed = np.where(state < w.LIVING, step >= first, step == first)
    failed[:, : (0, 2, 3)[turn]] = False  # an earlier turn answers for what two turns measure
    return failed


MEASURED_COLUMNS = (
    "id", "check_record_id", "position", "slice", "slice_key", "value", "low", "high", "confidence",
    "simultaneous", "n", "unit", "reference", "threshold_min", "outcome", "severity", "sentence",
    "method", "detail",
)  # fmt: skip


def measurement_lines(world: World) -> Iterator[str]:
    """Two hundred a finished run."""
    parts = [[text(part) for part in w.slices(domain)] for domain in range(8)]
    keys = [w.keys(domain) for domain in range(8)]
    titles = [w.titles(domain) for domain in range(8)]
    key = 0
    for number, run in enumerate(world.runs):
        domain, base = run.service % 8, w.BASES[run.place % 3]
        failed = failures(world, run).ravel().tolist()
        spread = world.numbers.random(w.PER_RUN)
        values = np.where(failed, 0.45 + 0.3 * spread, 0.82 + 0.17 * spread).round(4).tolist()
        severity = world.severity[run.service]
        for place in range(w.PER_RUN):
            check, offset = divmod(place, w.PER_CHECK)
            slice_ = base + offset
            value, bad = values[place], failed[place]
            key += 1
            yield (
                f"{key}\t{number * 20 + check + 1}\t{offset}\t{parts[domain][slice_]}\t"
                f"{keys[domain][slice_]}\t{value}\t{value - 0.03:.4f}\t{value + 0.03:.4f}\t0.95\tt\t"
                f'{500 + place * 7}\tratio\t"all other rows"\t0.8\t{"fail" if bad else "pass"}\t'
                f"{w.SEVERITIES[severity[check * w.SLICES + slice_]][0] if bad else NULL}\t"
                f"{titles[domain][check][slice_]}: {value} against 0.8\tscore interval\t{{}}"
            )


FINDING_COLUMNS = (
    "id", "fingerprint", "service_id", "check_id", "check_major", "pillar", "slice", "slice_key",
    "title", "state", "severity", "policy_severity", "assignee_id", "first_run_id", "last_run_id",
    "measurement_id", "proof_id", "opened_at", "due_at", "resolved_at",
)  # fmt: skip


def _lives(world: World) -> Iterator[tuple[int, int, int, int, int, int, list[int]]]:
    """(key, service, check, slice, state, first, runs that measure it) in the order of keys.

    The keys are shuffled: neighbours in the table belong to different services.
    """
    shuffled = np.random.default_rng(world.seed + 1).permutation(world.services * w.IDENTITIES)
    for number, identity in enumerate(shuffled.tolist()):
        service, place = divmod(identity, w.IDENTITIES)
        check, slice_ = divmod(place, w.SLICES)
        covering = world.covering(service, slice_)
        first = int(world.first_place[service, place])
        yield number + 1, service, check, slice_, int(world.state[service, place]), first, covering


def finding_lines(world: World) -> Iterator[str]:
    """Five hundred a service."""
    parts = [[text(part) for part in w.slices(domain)] for domain in range(8)]
    keys = [w.keys(domain) for domain in range(8)]
    titles = [w.titles(domain) for domain in range(8)]
    for key, service, check, slice_, state, first, covering in _lives(world):
        domain, begin = service % 8, world.first_run(service)
        name = w.STATES[state][0]
        last = covering[-1] if state < w.LIVING else covering[first]
        opened = world.runs[begin + covering[first]]
        seen = world.runs[begin + last]
        severity = w.SEVERITIES[world.severity[service, check * w.SLICES + slice_]][0]
        measured = (begin + last) * w.PER_RUN + check * w.PER_CHECK
        measured += slice_ - w.BASES[last % 3] + 1
        done = name in {"resolved", "closed"}
        proof = world.runs[begin + covering[min(first + 1, len(covering) - 1)]]
        owner = key % world.people + 1 if key % 5 < 2 else NULL
        yield (
            f"{key}\t{key:064x}\t{service + 1}\t{w.CHECKS[check][0]}\t1\t"
            f"{w.CHECKS[check][0].split('.')[0]}\t{parts[domain][slice_]}\t{keys[domain][slice_]}\t"
            f"{titles[domain][check][slice_]}\t{name}\t{severity}\t{severity}\t{owner}\t"
            f"{opened.id}\t{seen.id}\t{measured}\t{proof.id if done else NULL}\t{opened.at}\t"
            f"{opened.at + timedelta(days=DAYS[severity])}\t{proof.at if done else NULL}"
        )


TIMELINE_COLUMNS = ("finding_id", "at", "actor", "act", "from_state", "to_state", "run_id", "note")


def timeline_lines(world: World) -> Iterator[str]:
    """How each was opened, and what came next."""
    for key, service, _, _, state, first, covering in _lives(world):
        begin = world.first_run(service)
        opened = world.runs[begin + covering[first]]
        after = world.runs[begin + covering[min(first + 1, len(covering) - 1)]]
        yield f"{key}\t{opened.at}\trun {opened.id}\topened\t\topen\t{opened.id}\tbelow 0.8"
        name = w.STATES[state][0]
        act = "resolved" if name in {"resolved", "closed"} else "seen"
        yield f"{key}\t{after.at}\trun {after.id}\t{act}\topen\t{name}\t{after.id}\tmeasured again"


EVENT_COLUMNS = (
    "id", "at", "actor", "act", "object_type", "object_id", "object_text", "before", "after", "reason",
    "request_id", "unit",
)  # fmt: skip
FINDING_ACTS = ("opened", "resolved", "closed", "assign", "comment", "severity", "regressed")


def event_lines(world: World) -> Iterator[str]:
    """Five hundred a service over two years: mostly about findings, then runs and the inventory."""
    total = world.services * 500
    after = json.dumps({"state": "open", "severity": "high"})
    pick = world.random
    for number in range(total):
        at = NOW - timedelta(seconds=(total - number) * 730 * 86400 / total)
        service = pick.randrange(world.services)
        actor = f"person{pick.randrange(world.people) + 1}"
        kind = number % 20
        if kind < 14:
            act = FINDING_ACTS[kind % 7]
            key = pick.randrange(world.services * w.IDENTITIES) + 1
            what = (
                f"finding.{act}\tfinding\t{key}\tFND-{key} {w.CHECKS[kind][1]} is outside its limit"
            )
            actor = f"run {world.runs[number % len(world.runs)].id}" if kind % 7 < 3 else actor
        elif kind < 18:
            run = world.runs[number % len(world.runs)]
            service = run.service
            what = f"run.finish\trun\t{run.id}\trun {str(run.id)[:8]} of {world.name(service)}"
        else:
            what = f"service.change\tservice\t{service + 1}\t{world.name(service)}"
        yield f"{number + 1}\t{at}\t{actor}\t{what}\t{NULL}\t{after}\t\t\t{int(world.unit_of[service])}"


SEAL_COLUMNS = ("chain", "position", "event", "digest", "previous")


def seal_lines(world: World) -> Iterator[str]:
    """A seal for each event. The digests are made up: nothing here verifies them."""
    from shield.audit.chains import chain_of

    chains: dict[str, str] = {}
    ends: dict[str, int] = {}
    for number in range(world.services * 500):
        kind = number % 20
        act = "finding.assign" if kind < 14 else "run.finish" if kind < 18 else "service.change"
        chain = chains.setdefault(act, chain_of(act))
        ends[chain] = ends.get(chain, 0) + 1
        yield f"{chain}\t{ends[chain]}\t{number + 1}\t{_sha(number + 1)}\t{_sha(number)}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Fill an empty PostgreSQL for the web benchmark.")
    parser.add_argument("--services", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    django.setup()
    start = time.perf_counter()
    fill(World(options.services, options.seed))
    print(f"  {'all':28}{time.perf_counter() - start:7.1f} s")


if __name__ == "__main__":
    main()
