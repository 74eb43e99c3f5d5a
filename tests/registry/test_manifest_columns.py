"""Columns, labels and model inputs that the tables do not have are named with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from shield.registry.manifest import Problem, columns
from shield.sandbox.contract import Description, ModelDescription, Profile
from tests.registry.folders import MODEL, PREDICTIONS, description, manifest, table

COLUMNS = {
    "approve": "int64",
    "race": "string",
    "sex": "string",
    "meets_guidelines": "bool",
    "customer_id": "int64",
    "income": "float64",
}
PROFILES = {
    "approve": Profile(nulls=0, distinct=2, labels=(("1", 8), ("0", 2))),
    "race": Profile(nulls=0, distinct=2, labels=(("white", 8), ("black", 2))),
}


def check(
    folder: Path, text: str, model: ModelDescription | None = None, **types: str
) -> list[Problem]:
    tables = {"test": table(profiles=PROFILES, **(types or COLUMNS))}
    if "train:" in text:
        tables["train"] = table(approve="int64")
    return columns.check(manifest(folder, text), Description(tables, model, {}))


def test_a_right_manifest_has_no_problem(tmp_path: Path) -> None:
    assert check(tmp_path, MODEL) == []


def test_a_missing_column_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, MODEL.replace("[race, sex]", "[race, sexx]"))
    assert (problem.key, problem.fix) == ("data.sensitive[1]", "did you mean 'sex'?")
    assert MODEL.splitlines()[problem.line - 1].strip() == "sensitive: [race, sex]"


def test_every_named_column_is_looked_for(tmp_path: Path) -> None:
    found = check(tmp_path, MODEL, unrelated="int64")
    assert [problem.key for problem in found] == [
        "data.target",
        "data.sensitive[0]",
        "data.sensitive[1]",
        "data.legitimate[0]",
        "data.person",
    ]
    assert found[0].fix == "its columns are unrelated"


@pytest.mark.parametrize("label", ["1", '"1"', "1.0", "true"])
def test_labels_compare_by_value(tmp_path: Path, label: str) -> None:
    assert check(tmp_path, MODEL.replace("favourable: 1", f"favourable: {label}")) == []


def test_a_favourable_label_outside_the_data_is_refused(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, MODEL.replace("favourable: 1", "favourable: 2"))
    assert (problem.key, problem.fix) == ("data.favourable", "its labels are 1, 0")


def test_a_reference_group_outside_the_data_is_refused(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, MODEL.replace("reference: white", "reference: White"))
    assert (problem.key, problem.fix) == ("data.groups.race.reference", "did you mean 'white'?")


def test_a_label_is_not_judged_when_not_all_labels_are_known(tmp_path: Path) -> None:
    profiles = {"approve": Profile(nulls=0, distinct=None, labels=(("7", 1),))}
    tables = {"test": table(profiles=profiles, **COLUMNS), "train": table(approve="int64")}
    assert columns.check(manifest(tmp_path, MODEL), description(**tables)) == []


def test_a_target_that_train_lacks_is_refused(tmp_path: Path) -> None:
    tables = {"test": table(**COLUMNS), "train": table(aprove="int64")}
    (problem,) = columns.check(manifest(tmp_path, MODEL), description(**tables))
    assert "train.csv" in problem.expected
    assert problem.fix == "did you mean 'aprove'?"


def test_scores_and_binned_columns_must_be_numbers(tmp_path: Path) -> None:
    text = PREDICTIONS + "  score: p\n  groups: {race: {bins: [1]}}\n"
    found = check(tmp_path, text, race="string", decision="int64", p="string")
    assert [problem.key for problem in found] == ["data.score", "data.groups.race.bins"]


def test_a_column_of_an_unsupported_type_is_refused(tmp_path: Path) -> None:
    (problem,) = check(tmp_path, PREDICTIONS, race="unsupported", decision="int64")
    assert problem.key == "data.sensitive[0]"


def test_model_inputs_that_the_table_lacks_are_named(tmp_path: Path) -> None:
    model = ModelDescription("onnx", ("income", "loan"), 2, None, (), ())
    (problem,) = check(tmp_path, MODEL, model)
    assert (problem.key, problem.fix) == ("model.path", "add these columns to the table")
    assert "missing: loan" in problem.expected


def test_a_table_without_header_is_told_apart_from_a_misspelt_column(tmp_path: Path) -> None:
    row = {"39": "int64", "State-gov": "string", "77516": "int64", "Bachelors": "string"}
    assert "first line" in check(tmp_path, MODEL, **row)[0].fix
    named = {"approved": "int64", "ethnicity": "string", "2019": "int64", "2020": "int64"} | {
        f"x{at}": "float64" for at in range(9)
    }
    assert all("first line" not in problem.fix for problem in check(tmp_path, MODEL, **named))
