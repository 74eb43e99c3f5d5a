from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Outcome
from shield.reports.axis import axis_for
from shield.reports.charts import forest_plot
from shield.reports.rows import MOST
from tests import factories
from tests import sample_measurements as sample

SVG = "{http://www.w3.org/2000/svg}"
RATIOS = [item for item in sample.loan_measurements() if item.check == sample.RATIO]
FOUR_FIFTHS = Threshold(min=0.8)


def _plot(items=RATIOS, *, threshold=FOUR_FIFTHS, title="Ratio", **more) -> ET.Element:
    return ET.fromstring(forest_plot(items, threshold=threshold, title=title, **more))  # noqa: S314  our own output


def _words(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}text")]


def _of_class(root: ET.Element, css: str) -> list[ET.Element]:
    return [each for each in root.iter() if css in (each.get("class") or "").split()]


def _marks(root: ET.Element) -> list[ET.Element]:
    """The marks of the rows, without those of the legend."""
    legend = {each.get("y") for each in _of_class(root, "forest-legend")}
    heights = {f"{float(y) - 4:.1f})" for y in legend if y}
    marks = _of_class(root, "forest-mark")
    return [each for each in marks if (each.get("transform") or "").split()[-1] not in heights]


def test_it_is_an_image_with_a_title_and_a_description():
    root = _plot()
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "Ratio"
    assert "race = black: 0.743 [0.668, 0.819], n 197, Inconclusive" in description.text


def test_two_different_charts_on_a_page_have_different_ids():
    one, other = _plot(), _plot(title="Other")
    assert one.find(f"{SVG}title").get("id") != other.find(f"{SVG}title").get("id")


def test_a_strict_policy_lets_it_through():
    text = forest_plot(RATIOS, threshold=FOUR_FIFTHS, title="x")
    assert not re.search(r"\sstyle=|<style|<script|href|url\(|\son\w+=", text)


def test_every_row_shows_group_value_interval_n_and_verdict():
    words = _words(_plot())
    for expected in ("race = black", "0.743 [0.668, 0.819]", "n 197", "Inconclusive", "Pass"):
        assert expected in words


def test_outcomes_differ_by_shape_not_only_by_colour():
    shapes = {
        outcome: _marks(_plot([replace(RATIOS[0], outcome=outcome)]))[0].get("d")
        for outcome in [*Outcome, None]
    }
    outlines = {
        outcome: "is-outlined" in _marks(_plot([replace(RATIOS[0], outcome=outcome)]))[0].get("class")
        for outcome in [*Outcome, None]
    }  # fmt: skip
    assert len({(shapes[each], outlines[each]) for each in shapes}) == len(shapes)


def test_points_and_limit_share_one_scale():
    items = [
        sample.measured(sample.RATIO, value, value - 0.1, value + 0.1, slice={"g": str(value)}, n=9)
        for value in (0.8, 1.2)
    ]
    root = _plot(items)
    at_limit, beyond = (_x(mark) for mark in _marks(root))
    limit = float(next(each for each in _of_class(root, "forest-limit")).get("x1"))
    assert at_limit == pytest.approx(limit, abs=0.11)
    assert beyond > at_limit


def _x(mark: ET.Element) -> float:
    return float(re.match(r"translate\(([-\d.]+)", mark.get("transform")).group(1))


def test_the_good_side_is_shaded_up_to_the_limit():
    root = _plot(threshold=Threshold(max=0.9))
    (good,) = _of_class(root, "forest-good")
    limit = float(_of_class(root, "forest-limit")[0].get("x1"))
    assert float(good.get("x")) + float(good.get("width")) == pytest.approx(limit, abs=0.11)


def test_without_a_limit_nothing_is_shaded():
    assert not _of_class(_plot(threshold=None), "forest-good")


@pytest.mark.parametrize(
    ("unit", "expected"), [("ratio", "dotted: 1"), ("difference of rates", "dotted: 0")]
)
def test_equality_is_marked(unit, expected):
    words = _words(_plot([replace(item, unit=unit) for item in RATIOS]))
    assert any(word.startswith(expected) for word in words)


def test_rates_have_no_mark_of_equality():
    words = _words(_plot([replace(item, unit="rate") for item in RATIOS]))
    assert not any(word.startswith("dotted") for word in words)


def test_many_groups_are_cut_and_the_rest_is_counted():
    items = [replace(RATIOS[2], slice={"branch": str(number)}) for number in range(200)]
    root = _plot(items)
    assert len(_marks(root)) == MOST
    assert f"… and {200 - MOST} more groups in the table" in _words(root)


def test_the_cut_keeps_the_gravest():
    items = [replace(RATIOS[2], slice={"branch": str(number)}) for number in range(200)]
    items[150] = replace(items[150], outcome=Outcome.FAIL)
    assert "branch = 150" in _words(_plot(items))


def test_a_long_label_is_cut_and_kept_whole_for_whoever_asks():
    long = "a very long name of an occupation that nobody can read in a chart"
    root = _plot([replace(RATIOS[0], slice={"occupation": long})])
    (label,) = _of_class(root, "forest-label")
    assert label.text.endswith("…")
    assert label.find(f"{SVG}title").text == f"occupation = {long}"


def test_markup_in_a_label_stays_text():
    root = _plot([replace(RATIOS[0], slice={"a": '<script>"&'})])
    assert 'a = <script>"&' in _words(root)
    assert not list(root.iter("script"))


def test_an_infinite_end_is_an_arrow_and_a_word():
    root = _plot([replace(RATIOS[0], interval=Interval(0.7, float("inf")))])
    assert "0.743 [0.700, ∞]" in _words(root)
    arrows = [each for each in _of_class(root, "forest-interval") if "L" in (each.get("d") or "")]
    assert len(arrows) == 1


def test_an_unmeasured_group_stays_visible():
    item = Measurement(
        check=sample.RATIO, value=None, slice={"race": "other"}, outcome=Outcome.SKIPPED
    )
    assert "not measured" in _words(_plot([*RATIOS, item]))


def test_without_rows_it_says_so():
    assert "There is nothing to draw." in _words(_plot([]))


def test_a_narrow_screen_gets_words_above_the_lines():
    root = _plot(width=340)
    assert root.get("viewBox").startswith("0 0 340 ")
    labels = {each.get("y") for each in _of_class(root, "forest-label")}
    assert labels == {each.get("y") for each in _of_class(root, "forest-number")}


@pytest.mark.django_db
def test_rows_of_the_database_draw_the_same():
    run = factories.run()
    rows = list(run.checks.get(check_id=sample.RATIO).measurements.all())
    assert forest_plot(rows, threshold=FOUR_FIFTHS, title="x") == forest_plot(
        RATIOS, threshold=FOUR_FIFTHS, title="x"
    )


FINITE = st.floats(-1e6, 1e6)


@given(values=st.lists(FINITE, max_size=5), ends=st.lists(FINITE | st.none(), max_size=5))
def test_an_axis_shows_every_value_and_has_few_round_ticks(values, ends):
    axis = axis_for(values, ends, [1.0], left=10, right=110)
    assert axis.low < axis.high
    assert all(axis.holds(value) and 10 <= axis.x(value) <= 110 for value in values)
    assert 1 <= len(axis.ticks()) <= 7
    assert all(axis.low - 1e-9 <= tick <= axis.high + 1e-9 for tick in axis.ticks())


def test_one_wild_interval_does_not_squeeze_the_others():
    axis = axis_for([0.8, 1.0], [0.7, 500.0], [], left=0, right=100)
    assert not axis.holds(500.0)
    assert axis.x(1.0) - axis.x(0.8) > 20
