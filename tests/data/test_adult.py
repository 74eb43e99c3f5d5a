"""UCI Adult: women are labelled ">50K" 0.36 times as often as men; the file has no header."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.assessing import assess, manifest

pytestmark = [pytest.mark.shared, pytest.mark.django_db(transaction=True)]

NAMES = (
    "age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,"
    "capital_gain,capital_loss,hours_per_week,native_country,income"
)

# Counted in the files themselves: (selected, people).
TRAIN = {"Female": (1179, 10771), "Male": (6662, 21790)}
TEST = {"Female": (590, 5421), "Male": (3256, 10860)}


def _table(source: Path, target: Path) -> None:
    """The file as UCI publishes it, with a header and without the blanks after its commas."""
    rows = (line.replace(", ", ",") for line in source.read_text().splitlines() if line.strip())
    target.write_text("\n".join([NAMES, *rows]) + "\n")


def _assess(folder: Path, source: Path, favourable: str, **groups: object):
    _table(source, folder / "test.csv")
    data = {
        "test": {"path": "test.csv"},
        "favourable": favourable,
        "prediction": "income",
        "sensitive": ["sex", "race"],
        **groups,
    }
    return assess(manifest(folder, service="adult", data=data))


def test_the_gap_between_the_sexes_is_found_in_the_training_data(
    tmp_path: Path, shared_tabular: Path
) -> None:
    done = _assess(tmp_path, shared_tabular / "adult_train.csv", ">50K")
    assert done.exit == 1, done.errors
    for sex, (selected, people) in TRAIN.items():
        rate = done.measurement("fairness.selection_rate", sex=sex)
        assert rate["n"] == people
        assert rate["value"] == pytest.approx(selected / people)
    ratio = done.measurement("fairness.selection_rate_ratio", sex="Female")
    assert ratio["value"] == pytest.approx(0.358, abs=0.001)
    assert ratio["interval"][1] < 0.8
    assert ratio["outcome"] == "fail"
    difference = done.measurement("fairness.demographic_parity_difference", sex="Female")
    assert difference["value"] == pytest.approx(-0.196, abs=0.001)
    assert difference["outcome"] == "fail"


def test_the_labels_of_the_test_file_end_with_a_dot_and_the_gap_is_the_same(
    tmp_path: Path, shared_tabular: Path
) -> None:
    done = _assess(tmp_path, shared_tabular / "adult_test.csv", ">50K.")
    assert done.exit == 1, done.errors
    for sex, (selected, people) in TEST.items():
        rate = done.measurement("fairness.selection_rate", sex=sex)
        assert (rate["n"], rate["value"]) == (people, pytest.approx(selected / people))
    ratio = done.measurement("fairness.selection_rate_ratio", sex="Female")
    assert ratio["value"] == pytest.approx(0.363, abs=0.001)
    assert ratio["outcome"] == "fail"


def test_a_favourable_label_without_the_dot_is_refused_and_the_labels_are_shown(
    tmp_path: Path, shared_tabular: Path
) -> None:
    done = _assess(tmp_path, shared_tabular / "adult_test.csv", ">50K")
    assert done.exit == 3
    assert "shield.yaml:" in done.errors
    assert ">50K." in done.errors


def test_the_raw_file_without_a_header_is_refused_with_what_to_do(
    tmp_path: Path, shared_tabular: Path
) -> None:
    (tmp_path / "test.csv").write_bytes((shared_tabular / "adult_train.csv").read_bytes())
    data = {
        "test": {"path": "test.csv"},
        "favourable": ">50K",
        "prediction": "income",
        "sensitive": ["sex"],
    }
    done = assess(manifest(tmp_path, data=data))
    assert done.exit == 3
    assert "data.prediction" in done.errors
    assert (
        "its columns are 39, State-gov" in done.errors
    )  # so that one sees what was read as header
