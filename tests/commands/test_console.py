"""The verdict in a terminal: every part of a result document that a person acts on, in 80 columns."""

from __future__ import annotations

from typing import Any

import pytest

from shield.findings.services import findings_update
from shield.management.console import NAMES, SLICES, verdict_text
from shield.reports.result import result_document
from tests import factories, sample_measurements


@pytest.fixture
def document(db: None) -> dict[str, Any]:
    """The mortgage example: pass, fail, inconclusive, descriptive and skipped."""
    run = factories.run()
    findings_update(run=run)
    run.warnings = [{"code": "groups.pooled", "message": "Groups under 30 rows were pooled. " * 4}]
    run.reproducibility = {"seed": 7}
    run.save()
    return result_document(run)


def test_every_line_fits_80_columns_also_when_ids_are_long(document) -> None:
    document["measurements"][0]["slice"] = {"a_column_with_a_long_name" * 2: "a label" * 9}
    assert max(map(len, verdict_text(document).splitlines())) <= 80


def test_it_says_what_failed_what_is_open_what_was_left_out_and_the_gate(document) -> None:
    text = " ".join(verdict_text(document).split())
    for part in (
        "mortgage-approval, version 2026.11: FAIL",
        "seed 7",
        "fairness.demographic_parity_difference, required between -0.100 and 0.100",
        "- race = black: -0.226 [-0.302, -0.150]",
        "(high, FND-",
        "Inconclusive (",
        "Skipped (1 check)",
        "the data has no column with the true outcome",
        "Groups under 30 rows were pooled.",
        "Gate FAILED (fails on high or graver), exit 1",
    ):
        assert part in text


def test_descriptive_and_passing_values_do_not_crowd_the_verdict(document) -> None:
    assert f"{sample_measurements.RATE} " not in verdict_text(document)


def many(document: dict[str, Any], outcome: str, count: int) -> list[dict[str, Any]]:
    one = next(m for m in document["measurements"] if m["outcome"] == outcome)
    return [one | {"slice": {"group": str(number)}} for number in range(count)]


def test_a_check_lists_its_first_failed_slices_and_says_how_many_more_there_are(document) -> None:
    document["measurements"] = many(document, "fail", SLICES + 3)
    text = verdict_text(document)
    assert text.count("- group = ") == SLICES
    assert "… and 3 more" in text


def test_a_check_shows_one_inconclusive_slice_and_names_a_few_others(document) -> None:
    document["measurements"] = many(document, "inconclusive", NAMES + 5)
    text = " ".join(verdict_text(document).split())
    assert text.count("- group = ") == 1
    assert "also group = 1, group = 2, group = 3 and 4 more" in text


def test_what_is_asked_about_first_stands_first(document) -> None:
    failed = many(document, "fail", 2)
    failed[0] |= {"check": "fairness.auc_gap", "severity": "high"}
    failed[1] |= {"check": "fairness.selection_rate_ratio", "severity": "high"}
    failed.append(failed[0] | {"check": "fairness.calibration_gap", "severity": "critical"})
    document["measurements"] = failed
    text = verdict_text(document)
    ids = ("calibration_gap", "selection_rate_ratio", "auc_gap")
    places = [text.index(f"  fairness.{name}, required") for name in ids]
    assert places == sorted(places)


def test_a_pillar_says_how_its_measurements_came_out(document) -> None:
    document["pillars"] = {"fairness": "fail", "performance": None}
    document["measurements"] = [*many(document, "fail", 2), *many(document, "inconclusive", 1)]
    lines = [" ".join(line.split()) for line in verdict_text(document).splitlines()]
    assert "fairness FAIL 2 failed, 1 inconclusive" in lines
    assert "performance DESCRIPTIVE measured, no limit is set" in lines


def test_a_gate_without_anything_measured_is_no_verdict(document) -> None:
    document["gate"] = {"outcome": "error", "exit": 3, "fail_on": "high", "accepted": []}
    assert "Gate could not be decided: nothing was measured" in verdict_text(document)


def test_accepted_failures_are_counted(document) -> None:
    document["gate"]["accepted"] = ["f1", "f2"]
    assert "failures covered by an acceptance: 2" in verdict_text(document)
