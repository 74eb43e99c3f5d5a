"""Who may import whom: the contracts of pyproject.toml, executed."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.sources import ROOT, files

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
WEB_FILES = ("models", "views", "api", "urls", "admin", "forms", "tables", "filters")
LEARNING = {
    "shield.demo",
    "shield.management",
    "shield.sandbox",
    "shield.evidence",
    "shield.settings",
}
"""Rooms that may need what learns, or that are no rooms of the web process."""


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kept = re.search(r"Contracts: (\d+) kept, 0 broken", done.stdout)
    assert kept, done.stdout
    assert int(kept[1]) >= 4


def test_every_package_of_the_project_is_under_the_contracts() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    present = {p.parent.name for p in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert present == set(config["root_packages"])
    layers = next(c for c in config["contracts"] if c["id"] == "layers")["layers"]
    named = {part.strip("() ") for layer in layers for part in re.split("[|:]", layer)}
    rooms = {f"shield.{p.parent.name}" for p in ROOT.glob("shield/*/__init__.py")}
    assert rooms - named == {"shield.settings"}


def test_every_web_file_is_under_the_contract_that_keeps_learning_out() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contract = next(c for c in config["contracts"] if c["id"] == "web-without-learning")
    whole = {f"shield.{p.parent.name}" for p in ROOT.glob("shield/*/__init__.py")} - LEARNING
    files_of_assessments = {
        f"assessments.{name}"
        for name in WEB_FILES
        if (ROOT / "assessments" / f"{name}.py").exists() or (ROOT / "assessments" / name).is_dir()
    }
    present = whole | files_of_assessments | {"shield.urls"}
    assert present == set(contract["source_modules"]), "list these in pyproject.toml"


def test_the_root_package_is_empty_so_that_evidence_imports_alone() -> None:
    assert (ROOT / "shield" / "__init__.py").read_text() == ""
    code = "import shield.evidence.measurement, sys; print('django' in sys.modules, 'celery' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_no_third_party_browser_library_is_kept_in_the_repository() -> None:
    kept = [p.name for p in files() if re.search(r"\.min\.(js|css)$|(^|[-.])bundle\.js$", p.name)]
    assert not kept
