"""What the repository promises a person who has just cloned it."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT, files, name

TEXT = {".py", ".html", ".js", ".css", ".md", ".toml", ".txt", ".json", ".yaml", ".yml", ".svg", ""}


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_says_what_it_is_for(file: str) -> None:
    for line in (ROOT / file).read_text().splitlines():
        if not line.strip() or line.startswith(("#", "-r ")):
            continue
        assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+\s+# \S.*", line), line


def test_the_browser_libraries_are_pinned_and_the_lock_file_names_no_registry() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    versions = {**package["dependencies"], **package.get("devDependencies", {})}
    assert all(
        re.fullmatch(r"\d+\.\d+\.\d+(-beta\.\d+)?", version) for version in versions.values()
    )
    lock = json.loads((ROOT / "package-lock.json").read_text())
    locked = {path: fact for path, fact in lock["packages"].items() if path}
    assert locked
    for path, fact in locked.items():
        assert "resolved" not in fact, path
        assert fact["integrity"].startswith("sha512-"), path


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    machine = re.compile(r"(?<![\w.}])/(?:home|Users|root|work|opt|mnt|farm)/\w")
    found = [
        name(path, number)
        for path in files()
        if path.suffix in TEXT and path.name != "package-lock.json"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if machine.search(line)
    ]
    assert not found


def test_no_file_is_too_large_to_be_a_source() -> None:
    large = {name(p): p.stat().st_size for p in files() if p.stat().st_size > 300_000}
    assert not large


def test_every_management_command_says_what_it_does_and_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    commands = sorted((ROOT / "shield" / "management" / "commands").glob("[a-z]*.py"))
    assert {"assess", "demo", "up"} <= {path.stem for path in commands}
    for path in commands:
        text = path.read_text()
        assert re.search(r"^    help = ", text, re.MULTILINE), f"{name(path)} has no help"
        assert re.search(rf"(make|manage\.py) {path.stem}\b", readme), path.stem


def test_every_make_target_is_in_its_help() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for target in ("demo", "test", "up", "lint", "assets", "clean"):
        assert f"make {target} " in done.stdout


def test_the_readme_names_only_files_that_are_there() -> None:
    for document in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        text = (ROOT / document).read_text()
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / target).exists(), f"{document} links to {target}"


def test_the_checkout_needs_no_package_that_only_development_installs() -> None:
    """The product starts with requirements.txt alone."""
    code = (
        "import sys\n"
        "import django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env={"DJANGO_SETTINGS_MODULE": "shield.settings.test", "PATH": ""},
    )  # fmt: skip
    development = {"pytest", "hypothesis", "playwright", "schemathesis", "mypy", "importlinter"}
    assert not development & set(done.stdout.split())
