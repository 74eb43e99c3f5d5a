"""Labels compare by value in the column's own type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.sandbox.labels import clean_text, find_label, label_text, sort_labels


@pytest.mark.parametrize(
    ("value", "text"),
    [(1, "1"), (1.0, "1"), ("1", "1"), (" a ", "a"), (True, "true"), (0.5, "0.5"), (-0.0, "0"),
     (float("inf"), "inf"), (1e300, "1e+300")],
)  # fmt: skip
def test_one_spelling_a_value(value: object, text: str) -> None:
    assert label_text(value) == text


@pytest.mark.parametrize("wanted", [1, 1.0, "1", "1.0", True, "true"])
@pytest.mark.parametrize(
    "labels", [["0", "1"], ["0.0", "1.0"], ["false", "true"], ["False", "True"]]
)
def test_one_is_one_in_every_type(wanted: object, labels: list[str]) -> None:
    assert find_label(wanted, labels) == labels[1]


@pytest.mark.parametrize(
    ("wanted", "labels"),
    [
        ("yes", ["Y", "N"]),
        (2, ["0", "1"]),
        ("a", ["A"]),
        ("", ["0"]),
        (True, ["2", "3"]),
        ("1", []),
    ],
)
def test_what_is_not_there_is_not_found(wanted: object, labels: list[str]) -> None:
    assert find_label(wanted, labels) is None


def test_the_exact_text_wins() -> None:
    assert find_label("1.0", ["1", "1.0"]) == "1.0"
    assert find_label(True, ["true", "1"]) == "true"


def test_truth_is_not_guessed_among_several() -> None:
    assert find_label(True, ["yes", "True"]) is None


def test_numbers_sort_as_numbers_and_text_as_text() -> None:
    assert sort_labels(["10", "9", "-1"]) == ["-1", "9", "10"]
    assert sort_labels(["b", "10", "9"]) == ["10", "9", "b"]


@given(st.text(max_size=300), st.integers(5, 60))
def test_clean_text_is_short_printable_and_on_one_line(text: str, length: int) -> None:
    cleaned = clean_text(text, length)
    assert len(cleaned) <= length
    assert cleaned.isprintable() or all(c.isprintable() or c == " " for c in cleaned)
    assert clean_text(cleaned, length) == cleaned
