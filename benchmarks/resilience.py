"""Kills workers with SIGKILL and compares what comes out with an undisturbed run.

    python -m benchmarks.resilience [--quick] [--kills 200] [--seed 0] [--json F]

Each round starts a run of the same version, lets a worker process take it, kills the worker (before
or after its n-th commit, or at a random time), lets the lease run out, and lets other workers finish.
The result document must equal that of the undisturbed run apart from its volatile fields, and no
finding and no measurement may be there twice. Workers are forked from a process that has everything
loaded, so a round costs little more than the run itself. On PostgreSQL:

    python -m tests.support.postgres python -m benchmarks.resilience
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROWS = 600
CHECKS = (
    "fairness.selection_rate",
    "fairness.selection_rate_ratio",
    "fairness.demographic_parity_difference",
    "performance.selection_rate",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="12 random kills")
    parser.add_argument("--kills", type=int, default=200, help="kills at random times (200)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="shield-resilience-"))
    try:
        figures = measure(folder, kills=12 if options.quick else options.kills, seed=options.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in figures.items():
        print(f"{name:<44} {value}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if figures["differences"] else 0


def measure(folder: Path, *, kills: int, seed: int) -> dict[str, object]:
    """All rounds; `differences` lists what was not as in the undisturbed run."""
    _start_django(folder / "var")
    from benchmarks.resilience_rounds import Rounds  # only after Django has its settings

    rounds = Rounds(_manifest(folder))
    began = time.perf_counter()
    commits, seconds = rounds.undisturbed()
    for after in (False, True):
        for number in range(1, commits + 1):
            rounds.disturbed(f"{'after' if after else 'before'} commit {number}", number, after)
    at = random.Random(seed)
    for number in range(kills):
        rounds.disturbed_at(f"random {number}", at.uniform(0.0, seconds))
    return {
        "database": rounds.database,
        "commits of an undisturbed run": commits,
        "seconds of an undisturbed run": round(seconds, 3),
        "kills at commit boundaries": 2 * commits,
        "kills at random times": kills,
        "of them while the run was still going": rounds.hits,
        "rounds with a different result": len(rounds.differences),
        "findings or measurements twice": rounds.doubles,
        "seconds in all": round(time.perf_counter() - began, 1),
        "differences": rounds.differences,
    }


def _start_django(var: Path) -> None:
    os.environ["SHIELD_VAR_DIR"] = str(var)
    os.environ["DJANGO_SETTINGS_MODULE"] = "shield.settings.local"
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import django

    django.setup()
    from django.core.management import call_command

    var.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)


def _manifest(folder: Path) -> Path:
    """A service whose decisions differ between groups, so that there are findings."""
    chance = random.Random(1)
    rates = {"white": 0.9, "black": 0.55, "hispanic": 0.75}
    lines = ["race,sex,decision"]
    for _ in range(ROWS):
        race, sex = chance.choice(list(rates)), chance.choice(["female", "male"])
        lines.append(f"{race},{sex},{int(chance.random() < rates[race])}")
    (folder / "test.csv").write_text("\n".join(lines) + "\n")
    manifest = folder / "shield.yaml"
    manifest.write_text(
        "shield: 1\n"
        "service: {id: resilience, name: Resilience, owner: a@example.org,"
        " purpose: To be killed, tier: high}\n"
        "model: {version: '1', kind: predictions}\n"
        "data:\n  test: {path: test.csv}\n  favourable: 1\n  prediction: decision\n"
        "  sensitive: [race, sex]\n"
        f"checks: [{', '.join(CHECKS)}]\n"
    )
    return manifest


if __name__ == "__main__":
    sys.exit(main())
