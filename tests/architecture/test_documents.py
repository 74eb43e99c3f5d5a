"""README and CI say the same, and what README shows is accepted by the product."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml

from shield.registry import manifest
from tests.architecture.sources import ROOT

README = (ROOT / "README.md").read_text()
CI = ROOT / ".ci" / "run"


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert re.search(r"^make test\b", README, re.MULTILINE)
    assert CI.read_text().rstrip().endswith("\nmake test")
    assert CI.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", CI], check=False).returncode == 0


def test_the_manifest_of_the_readme_is_valid(tmp_path: Path) -> None:
    text = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert text
    (tmp_path / "shield.yaml").write_text(text[1])
    (tmp_path / "decisions.csv").write_text("race,sex,approved\nwhite,f,1\nblack,m,0\n")
    loaded = manifest.load(tmp_path / "shield.yaml")
    assert loaded.as_json()["service"] == yaml.safe_load(text[1])["service"]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 120
