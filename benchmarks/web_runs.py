"""The benchmark's runs with their check records and measurements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from benchmarks import web_world as w
from benchmarks.web_copy import NULL, text
from benchmarks.web_inventory import manifest, sha
from benchmarks.web_world import NOW, World


def _version_of(world: World, run: w.Made) -> int:
    return run.service * w.VERSIONS + min(w.VERSIONS - 1, run.place // 3) + 1


def runs(world: World) -> Iterator[dict[str, object]]:
    plan = [{"check": check, "version": "1", "parameters": {"confidence": 0.95}, "by_id": False}
            for check, _ in w.CHECKS]  # fmt: skip
    rules = {check: {"min": 0.8, "max": None, "severity": "high", "required": True}
             for check, _ in w.CHECKS}  # fmt: skip
    policy = {"name": "high", "version": "1", "fail_on": "high", "checks": ["fairness"],
              "rules": rules}  # fmt: skip
    fixed = {"plan": text(plan), "policy": text(policy), "policy_sha256": sha(1),
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
            "reproducibility": {"duration_s": 40.0, "data_sha256": {"test": sha(9)},
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
