"""The verdict in a terminal: every part of a result document that a person acts on, in 80 columns."""

from __future__ import annotations

from typing import Any

import pytest

from shield.findings.services import findings_update
from shield.management.console import LISTED, UNDECIDED, slice_text, verdict_text
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
        "mortgage-approval, version 2026.11",
        "seed 7",
        "- high: fairness.demographic_parity_difference race = black -0.226 [-0.302, -0.150]",
        "Inconclusive (",
        "Skipped (1 check)",
        "the data has no column with the true outcome",
        "Groups under 30 rows were pooled.",
        "FND-",
        "Gate FAILED (fails on high or graver), exit 1",
    ):
        assert part in text


def test_descriptive_and_passing_values_do_not_crowd_the_verdict(document) -> None:
    assert f"{sample_measurements.RATE} " not in verdict_text(document)


@pytest.mark.parametrize(("outcome", "shown"), [("fail", LISTED), ("inconclusive", UNDECIDED)])
def test_a_long_list_is_cut_and_says_how_many_more_there_are(document, outcome, shown) -> None:
    one = next(m for m in document["measurements"] if m["outcome"] == outcome)
    document["measurements"] = [
        one | {"slice": {"group": str(number)}} for number in range(shown + 3)
    ]
    text = verdict_text(document)
    assert "… and 3 more (all of them: --json, --html)" in text
    assert f"group = {shown - 1} " in text
    assert f"group = {shown} " not in text


def test_a_gate_without_anything_measured_is_no_verdict(document) -> None:
    document["gate"] = {"outcome": "error", "exit": 3, "fail_on": "high", "accepted": []}
    assert "Gate could not be decided: nothing was measured" in verdict_text(document)


def test_accepted_failures_are_counted(document) -> None:
    document["gate"]["accepted"] = ["f1", "f2"]
    assert "failures covered by an acceptance: 2" in verdict_text(document)


@pytest.mark.parametrize(
    ("slice", "text"),
    [
        ({}, "everybody"),
        ({"race": "*"}, "all groups of race"),
        ({"race": "black", "sex": "female"}, "race = black, sex = female"),
    ],
)
def test_a_slice_in_words(slice, text) -> None:
    assert slice_text(slice) == text
