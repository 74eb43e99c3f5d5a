"""ProPublica's COMPAS: of those who did not re-offend, 44.9 % of Black and 23.5 % of white people
were called high risk (Angwin et al., "Machine Bias", 2016; a decile score of 5 or more).

The favourable label is "did not re-offend" and the favourable decision "low risk", so that
ProPublica's false positive rate is the rate at which the favourable decision is withheld from
those who deserve it: the false negative rate of the favourable label.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.support.assessing import Assessed, assess, manifest

pytestmark = [pytest.mark.shared, pytest.mark.django_db(transaction=True)]

# (called high risk, did not re-offend), counted in the file.
WRONGLY_HIGH = {"African-American": (805, 1795), "Caucasian": (349, 1488), "Hispanic": (87, 405)}


@pytest.fixture
def done(tmp_path: Path, shared_tabular: Path) -> Assessed:
    columns = ("race", "sex", "age", "two_year_recid")
    with (shared_tabular / "compas_two_years.csv").open() as source:
        people = list(csv.DictReader(source))
    with (tmp_path / "test.csv").open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow([*columns, "high_risk"])
        for person in people:
            risk = int(int(person["decile_score"]) >= 5)
            writer.writerow([*(person[column] for column in columns), risk])
    data = {
        "test": {"path": "test.csv"},
        "target": "two_year_recid",
        "favourable": 0,
        "prediction": "high_risk",
        "sensitive": ["race", "sex", "age"],
        "groups": {"race": {"reference": "Caucasian"}, "age": {"bins": [25, 45]}},
    }
    return assess(manifest(tmp_path, service="recidivism", data=data))


def test_the_published_error_rates_are_found(done: Assessed) -> None:
    for race, (wrong, people) in WRONGLY_HIGH.items():
        rate = done.measurement("fairness.false_negative_rate", race=race)
        assert (rate["n"], rate["value"]) == (people, pytest.approx(wrong / people)), race
    black = done.measurement("fairness.false_negative_rate", race="African-American")
    white = done.measurement("fairness.false_negative_rate", race="Caucasian")
    assert round(100 * black["value"], 1) == 44.8  # published as 44.85, and as 44.9 rounded again
    assert round(100 * white["value"], 1) == 23.5


def test_equal_opportunity_fails_for_black_people_against_the_named_reference(
    done: Assessed,
) -> None:
    assert done.exit == 1, done.errors
    gap = done.measurement("fairness.equal_opportunity_difference", race="African-American")
    assert gap["reference"] == {"race": "Caucasian"}
    assert gap["value"] == pytest.approx(349 / 1488 - 805 / 1795)
    assert gap["interval"][1] < -0.10
    assert gap["outcome"] == "fail"
    assert "African-American" in gap["sentence"]


def test_small_groups_are_pooled_and_named_not_dropped(done: Assessed) -> None:
    assert done.document is not None
    slices = {m["slice"].get("race") for m in done.document["measurements"] if len(m["slice"]) == 1}
    assert "Native American" not in slices  # 18 people
    people = sum(
        m["n"]
        for m in done.document["measurements"]
        if m["check"] == "fairness.selection_rate" and set(m["slice"]) == {"race"}
        and m["slice"]["race"] != "*"
    )  # fmt: skip
    assert people == 7214


def test_age_is_cut_as_the_manifest_says_and_old_people_are_called_low_risk(done: Assessed) -> None:
    assert done.document is not None
    rates = {
        m["slice"]["age"]: m["value"]
        for m in done.document["measurements"]
        if m["check"] == "fairness.selection_rate" and set(m["slice"]) == {"age"}
        and m["slice"]["age"] != "*"
    }  # fmt: skip
    assert len(rates) == 3
    assert list(rates.values()) == sorted(rates.values())
