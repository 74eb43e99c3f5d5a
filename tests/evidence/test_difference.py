"""The interval of a difference, held to closed forms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.evidence.difference import difference
from shield.evidence.measurement import Interval

finite = st.floats(-10, 10)
width = st.floats(0, 5)


def test_symmetric_intervals_give_the_normal_approximation() -> None:
    found = difference(0.2, Interval(0.1, 0.3), 0.5, Interval(0.2, 0.8))
    half = math.hypot(0.1, 0.3)
    assert found.value == pytest.approx(0.3)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(0.3 - half)
    assert found.interval.high == pytest.approx(0.3 + half)


def test_the_published_example_of_two_proportions() -> None:
    """56/70 and 48/80 with Wilson limits: Newcombe (1998), table II (a), method 10."""
    first, second = Interval(0.69183, 0.87695), Interval(0.49045, 0.70038)
    found = difference(48 / 80, second, 56 / 70, first)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(0.0524, abs=5e-5)
    assert found.interval.high == pytest.approx(0.3339, abs=5e-5)
    assert found.is_clear


@given(a=finite, b=finite, down=width, up=width, down2=width, up2=width)
def test_it_contains_the_value_and_turns_round_with_the_runs(
    a: float, b: float, down: float, up: float, down2: float, up2: float
) -> None:
    one, two = Interval(a - down, a + up), Interval(b - down2, b + up2)
    there, back = difference(a, one, b, two), difference(b, two, a, one)
    assert there.interval is not None
    assert back.interval is not None
    assert there.interval.low <= there.value <= there.interval.high
    assert there.interval.low == pytest.approx(-back.interval.high, abs=1e-9)


def test_an_open_end_stays_open_and_a_missing_interval_missing() -> None:
    open_end = difference(1.0, Interval(-math.inf, 2.0), 3.0, Interval(2.5, 3.5))
    assert open_end.interval is not None
    assert open_end.interval.high == math.inf
    missing = difference(1.0, None, 3.0, Interval(2.5, 3.5))
    assert missing.interval is None
    assert not missing.is_clear
