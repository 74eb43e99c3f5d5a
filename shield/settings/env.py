"""Where settings come from: environment variables that start with SHIELD_, nothing else."""

from __future__ import annotations

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parents[2]

env = environ.Env()
env.prefix = "SHIELD_"
