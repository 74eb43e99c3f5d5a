"""Bad input, end to end: exit code 3, a sentence that says what to do, and nothing half-registered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shield.findings.models import Finding
from shield.records.models import Run
from shield.registry.models import Dataset, Service, StoredFile, Version
from tests.badinput.cases import CASES, Case
from tests.support.assessing import assess

pytestmark = pytest.mark.django_db(transaction=True)


def _registered() -> dict[str, int]:
    return {
        kind.__name__: kind.objects.count()
        for kind in (Service, Version, Dataset, StoredFile, Run, Finding)
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_refused_with_what_to_do_and_registers_nothing(
    case: Case, tmp_path: Path
) -> None:
    path = case.build(tmp_path)
    done = assess(path)
    assert done.exit == 3, done.errors or done.output
    assert done.document is None
    for word in case.words:
        assert word.lower() in done.errors.lower(), done.errors
    assert "Traceback" not in done.errors
    assert len(done.errors) < 4000
    assert str(tmp_path) not in done.errors or "shield.yaml" in done.errors
    assert set(_registered().values()) == {0}, _registered()


def test_errors_of_a_manifest_name_file_line_key_and_fix(tmp_path: Path) -> None:
    unknown_key = next(case for case in CASES if case.name == "unknown_key")
    path = unknown_key.build(tmp_path)
    line = path.read_text().splitlines().index("  sensitve:") + 1
    done = assess(path)
    assert re.search(rf"shield\.yaml:{line}: (data\.)?sensitve: .+", done.errors), done.errors


def _memory(field: str) -> int:
    """KiB of this process: VmRSS now, VmHWM the most since the last reset."""
    status = Path("/proc/self/status").read_text()
    found = re.search(rf"{field}:\s+(\d+) kB", status)
    assert found
    return int(found[1])


@pytest.mark.parametrize("name", ["parquet_bomb", "line_of_200_mib", "zip_bomb_as_skops"])
def test_bad_input_does_not_grow_the_parent_process(name: str, tmp_path: Path) -> None:
    """What is parsed is parsed in the child: the bombs go off there."""
    path = next(case for case in CASES if case.name == name).build(tmp_path)
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak
    before = _memory("VmRSS")
    assert assess(path).exit == 3
    assert _memory("VmHWM") - before < 64 * 1024
