"""A worker killed at any moment: the result is that of an undisturbed run, and nothing is twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT


def test_sigkill_at_each_commit_boundary_and_at_random_times_changes_no_result(
    tmp_path: Path,
) -> None:
    """The quick form of the benchmark; it forks workers of its own, on the database of this suite."""
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.resilience", "--quick", "--json", str(figures)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(figures.read_text())
    assert found["differences"] == []
    assert found["findings or measurements twice"] == 0
    assert found["kills at commit boundaries"] >= 20
    assert found["of them while the run was still going"] >= 4  # else this tests nothing
