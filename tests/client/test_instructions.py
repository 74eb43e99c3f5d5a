"""What people are told to type: a download that fails never looks like a gate that passed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, files

PIPED = re.compile(r"\b(?:curl|wget)\b[^\n]*\|\s*(?:sudo\s+)?(?:python3?|bash|sh)\b")
NEAR = 3
"""Lines above a pipe within which its `set -o pipefail` has to stand."""


def unsafe(text: str) -> list[int]:
    """Numbers of the lines that pipe a download into an interpreter without `pipefail`."""
    lines = text.splitlines()
    return [
        number
        for number, line in enumerate(lines, start=1)
        if PIPED.search(line)
        and not any("set -o pipefail" in each for each in lines[max(0, number - NEAR) : number])
    ]


def test_no_instruction_pipes_a_download_without_pipefail() -> None:
    found = {}
    for path in files():
        if path == Path(__file__) or path.suffix in {".png", ".woff2", ".onnx", ".parquet", ".mo"}:
            continue
        lines = unsafe(path.read_text(encoding="utf-8", errors="replace"))
        if lines:
            found[str(path.relative_to(ROOT))] = lines
    assert found == {}


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("curl -sf https://x/c.py | python3 - assess", [1]),
        ("wget -qO- https://x | bash", [1]),
        ("set -o pipefail\ncurl -sSf https://x | python3 -", []),
        ("set -o pipefail\n\n\n\ncurl -sSf https://x | python3 -", [5]),
        ("curl -sSf https://x | sha256sum -c", []),  # which fails on nothing
    ],
)
def test_the_rule_finds_what_it_should(text: str, lines: list[int]) -> None:
    assert unsafe(text) == lines


@pytest.mark.parametrize(
    "line",
    [
        'set -o pipefail; curl -sSf "$S/client/shield_ci.py" | python3 - --help',
        'curl -sSf -O "$S/client/shield_ci.py" && python3 shield_ci.py --help',
    ],
)
def test_the_forms_that_are_shown_fail_where_the_download_does(tmp_path: Path, line: str) -> None:
    done = subprocess.run(
        ["bash", "-c", line], env={"S": "http://127.0.0.1:9", "PATH": "/usr/bin:/bin"},
        cwd=tmp_path, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
