"""Stacked columns: heights add up, gaps are gaps, labels are harmless."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from shield.web.charts.drawing import ceiling
from shield.web.charts.stacked import Column, Kind, stacked_columns

KINDS = [Kind("critical", "Critical"), Kind("high", "High"), Kind("low", "Low")]


def bars(markup: str) -> list[ET.Element]:
    root = ET.fromstring(markup)  # noqa: S314  our own output
    return [e for e in root.iter() if e.tag.endswith("rect") and e.get("rx") is None]


def test_heights_are_proportional_and_stand_on_each_other() -> None:
    columns = [Column("a", "A", {"critical": 10, "high": 20}), Column("b", "B", {"high": 30})]
    critical, high, other = bars(stacked_columns(columns, KINDS, title="t"))
    assert float(high.get("height")) == pytest.approx(2 * float(critical.get("height")), abs=0.2)
    assert float(critical.get("y")) == pytest.approx(
        float(high.get("y")) + float(high.get("height")), abs=0.2
    )
    assert float(other.get("height")) == pytest.approx(3 * float(critical.get("height")), abs=0.2)


def test_an_unknown_column_is_a_gap_and_an_empty_one_is_zero() -> None:
    columns = [Column("a", "A", None), Column("b", "B", {})]
    markup = stacked_columns(columns, KINDS, title="t")
    assert bars(markup) == []
    assert "A: –; B: 0" in markup


def test_only_columns_with_something_in_them_are_links() -> None:
    columns = [Column("a", "A", {"low": 1}, href="/x"), Column("b", "B", {}, href="/y")]
    root = ET.fromstring(stacked_columns(columns, KINDS, title="t"))  # noqa: S314  our own output
    assert [e.get("href") for e in root.iter() if e.tag.endswith("}a")] == ["/x"]


def test_a_label_is_text_and_never_markup() -> None:
    markup = stacked_columns([Column("<b>", "<script>", {"low": 1})], KINDS, title="<i>")
    assert "<script>" not in markup
    assert "&lt;script&gt;" in markup
    assert "style=" not in markup


@pytest.mark.parametrize(("most", "expected"), [(0, 1), (7, 8), (11, 20), (350, 400), (1000, 1000)])
def test_the_axis_ends_at_a_round_number(most: float, expected: float) -> None:
    assert ceiling([most]) == expected
