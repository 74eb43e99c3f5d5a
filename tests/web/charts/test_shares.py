"""Shares with intervals: the numbers, and what the drawing says."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.evidence.statistics import proportions
from shield.web.charts.shares import Share, share_points, wilson


@given(st.integers(1, 100_000), st.floats(0, 1))
def test_the_interval_is_that_of_the_statistics_room(n: int, share: float) -> None:
    kept = round(n * share)
    low, high = proportions.wilson(kept, n)
    assert wilson(kept, n) == pytest.approx((float(low), float(high)), abs=1e-12)


def test_the_interval_agrees_with_a_published_value() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263, score method.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_a_month_without_anything_due_is_a_gap() -> None:
    shares = [Share("Jan", "January", 9, 10), Share("Feb", "February", 0, 0)]
    root = ET.fromstring(share_points(shares, title="Kept"))  # noqa: S314  our own output
    assert len([e for e in root.iter() if e.tag.endswith("circle")]) == 1
    words = root[1].text or ""
    assert "January: 90% [60%, 98%], n 10" in words
    assert "February: n 0" in words
