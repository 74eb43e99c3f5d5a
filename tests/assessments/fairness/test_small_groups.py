"""What is left of small groups after pooling is compared, but decides nothing for the others."""

import pytest

from shield.evidence.measurement import Threshold
from tests.assessments.fairness.support import measured, of_counts, outcomes

FAIR_BUT_FOR_A_HANDFUL = {"a": (800, 1000), "b": (790, 1000), "(other)": (3, 3)}


def test_a_handful_of_rows_is_not_the_group_with_the_highest_rate() -> None:
    found = measured("fairness.selection_rate_ratio", of_counts(FAIR_BUT_FOR_A_HANDFUL))
    assert found[("a",)].value == 1.0
    assert found[("b",)].value == pytest.approx(0.79 / 0.80)
    assert found[("b",)].reference == {"race": "a"}
    assert "among those of at least 30 rows" in found[("b",)].statement


def test_a_handful_of_rows_is_still_compared_and_undecided() -> None:
    found = measured("fairness.selection_rate_ratio", of_counts(FAIR_BUT_FOR_A_HANDFUL))
    small = found[("(other)",)]
    assert small.value == pytest.approx(1.0 / 0.80)
    assert small.interval is not None
    assert small.interval.low < 0.8 < small.interval.high


@pytest.mark.parametrize(
    ("check", "limits"),
    [
        ("fairness.selection_rate_ratio", Threshold(min=0.8)),
        ("fairness.demographic_parity_difference", Threshold(min=-0.1, max=0.1)),
    ],
)
def test_a_handful_of_rows_does_not_blur_the_range_over_all_groups(check, limits) -> None:
    verdicts = outcomes(check, of_counts(FAIR_BUT_FOR_A_HANDFUL), limits)
    assert verdicts[("*",)] == "pass"
    assert verdicts[("(other)",)] == "inconclusive"
    everything = measured(check, of_counts(FAIR_BUT_FOR_A_HANDFUL))[("*",)]
    assert everything.n == 2000
    assert "One group with fewer than 30 rows is not in this range" in everything.statement


def test_a_small_group_treated_blatantly_worse_still_fails() -> None:
    cells = {"a": (900, 1000), "b": (890, 1000), "(other)": (0, 20)}
    limits = Threshold(min=-0.1, max=0.1)
    verdicts = outcomes("fairness.demographic_parity_difference", of_counts(cells), limits)
    assert verdicts[("(other)",)] == "fail"


def test_where_only_one_group_is_large_every_group_counts() -> None:
    found = measured(
        "fairness.demographic_parity_difference", of_counts({"a": (80, 100), "b": (10, 20)})
    )
    assert found[("*",)].n == 120
