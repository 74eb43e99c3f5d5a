"""The worked example of CONTRIBUTING.md is run as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.sources import ROOT

# The example's file belongs into a pillar's folder; this puts its folder beside that one.
CONFTEST = """
from pathlib import Path
import assessments.core.performance as pillar
pillar.__path__.append(str(Path(__file__).parent / "pillar"))
"""


def test_the_worked_example_of_a_check_is_found_and_its_test_passes(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    example, test = blocks
    (tmp_path / "pillar").mkdir()
    (tmp_path / "pillar" / "prevalence.py").write_text(example)
    (tmp_path / "test_prevalence.py").write_text(test)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:django",
            "-p",
            "no:cacheprovider",
            tmp_path,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_the_worked_example_is_formatted_and_typed_as_the_project_is(tmp_path: Path) -> None:
    example = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)[
        0
    ]
    file = tmp_path / "prevalence.py"
    file.write_text(example)
    config = ["--config", str(ROOT / "pyproject.toml")]
    ruff = [sys.executable, "-m", "ruff"]
    for command in ([*ruff, "check", *config, file], [*ruff, "format", "--check", *config, file]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
