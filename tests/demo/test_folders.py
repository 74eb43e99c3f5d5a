"""What the demo writes: real rows, nothing invented, a model that never saw what is protected."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter

import onnx
import pytest

from shield.demo.folders import write_folders
from shield.demo.loans import FEATURES, PROTECTED
from shield.registry.manifest import load


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_folders(folder)
    return folder


@pytest.fixture(scope="module")
def decisions(root):
    return _rows(root / "historical-decisions" / "decisions.csv")


@pytest.fixture(scope="module")
def halves(root):
    return [_rows(root / "credit-model" / f"{name}.csv") for name in ("train", "test")]


@pytest.mark.parametrize(
    ("race", "applicants", "approved"), [("white", 1681, 1527), ("hispanic", 111, 85), ("black", 197, 133)]
)  # fmt: skip
def test_the_published_facts_hold(decisions, race, applicants, approved):
    of_race = [row for row in decisions if row["race"] == race]
    assert len(of_race) == applicants
    assert sum(row["approved"] == "1" for row in of_race) == approved


def test_the_published_rates_hold(decisions):
    rates = {
        race: sum(row["approved"] == "1" for row in decisions if row["race"] == race) / n
        for race, n in Counter(row["race"] for row in decisions).items()
    }
    assert {race: round(100 * rate, 1) for race, rate in rates.items()} == {
        "white": 90.8,
        "hispanic": 76.6,
        "black": 67.5,
    }


def test_missing_values_stay_missing(decisions):
    assert len(decisions) == 1989
    missing = {name: sum(row[name] == "" for row in decisions) for name in decisions[0]}
    assert {name: count for name, count in missing.items() if count} == {
        "sex": 15,
        "marital": 3,
        "meets_guidelines": 2,
    }


def test_every_application_is_in_exactly_one_half(halves, decisions):
    train, test = halves
    assert len(train) + len(test) == 1989
    assert abs(len(train) - len(test)) <= 1

    def fingerprints(rows):
        return Counter(tuple(row.items()) for row in rows)

    assert fingerprints(train) + fingerprints(test) == fingerprints(decisions)


def test_both_halves_have_the_same_mix(halves):
    black = [sum(row["race"] == "black" for row in half) for half in halves]
    assert abs(black[0] - black[1]) <= 1


def test_the_model_sees_nothing_protected(root):
    model = onnx.load(root / "credit-model" / "model.onnx")
    (names,) = [each.value for each in model.metadata_props if each.key == "feature_names"]
    assert json.loads(names) == list(FEATURES)
    assert not set(json.loads(names)) & {*PROTECTED, "meets_guidelines", "approved"}


def test_writing_again_gives_the_same_bytes(root, tmp_path):
    write_folders(tmp_path)
    assert _digests(tmp_path) == _digests(root)


def _digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.*"))
    }


def test_both_manifests_are_valid(root):
    kinds = [
        load(root / name / "shield.yaml").model.kind
        for name in ("historical-decisions", "credit-model")
    ]
    assert kinds == ["predictions", "onnx"]
