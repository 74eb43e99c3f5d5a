"""A small service on disk, and workers that are really other processes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.sources import ROOT
from tests.support.assessing import manifest

CHECKS = ["fairness.selection_rate_ratio", "fairness.demographic_parity_difference"]
RATES = {"white": 0.9, "black": 0.55, "hispanic": 0.75}


def service(folder: Path, *, rows: int = 400, checks: list[str] | None = None) -> Path:
    """A predictions-only service whose decisions differ between groups; answers its manifest."""
    chance = random.Random(1)
    lines = ["race,decision"]
    for _ in range(rows):
        race = chance.choice(list(RATES))
        lines.append(f"{race},{int(chance.random() < RATES[race])}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "test.csv").write_text("\n".join(lines) + "\n")
    data = {
        "test": {"path": "test.csv"},
        "favourable": 1,
        "prediction": "decision",
        "sensitive": ["race"],
    }
    return manifest(folder, data=data, checks=CHECKS if checks is None else checks)


def shell(
    *arguments: str | Path, var: Path, env: Mapping[str, str] | None = None, check: bool = False
) -> subprocess.CompletedProcess[str]:
    """`manage.py …` in a process of its own, with the embedded profile in the folder `var`."""
    inherited = {k: v for k, v in os.environ.items() if k != "SHIELD_DATABASE_URL"}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *map(str, arguments)],
        env={
            **inherited,
            "DJANGO_SETTINGS_MODULE": "shield.settings.local",
            "SHIELD_VAR_DIR": str(var),
            **(env or {}),
        },
        capture_output=True,
        text=True,
        check=check,
        timeout=120,
    )
