"""Which task it is, what counts as favourable, and rows that cannot be measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assessments.core.subject import Need, Task
from shield.sandbox.contract import SandboxFailure
from tests.assessments.preparation.support import subject_of

TARGET = {"target": "y", "prediction": "d"}


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([0, 1, 1], Task.MULTICLASS),
        (["a", "b", "c"], Task.MULTICLASS),
        ([True, False, True], Task.MULTICLASS),
        ([0.0, 1.0, 2.0], Task.MULTICLASS),
        ([0.5, 1.25, 2.0], Task.REGRESSION),
        (list(range(60)), Task.REGRESSION),
    ],
)
def test_the_task_follows_from_the_target(tmp_path: Path, values: list, task: Task) -> None:
    subject, _ = subject_of(tmp_path, {"y": values}, target="y")
    assert subject.task is task


def test_a_favourable_label_makes_it_binary(tmp_path: Path) -> None:
    subject, _ = subject_of(tmp_path, {"y": ["a", "b", "c", "a"]}, target="y", favourable="a")
    assert subject.task is Task.BINARY
    assert subject.label.tolist() == [1, 0, 0, 1]
    assert subject.label.dtype == np.int8


def test_text_with_many_values_is_no_class(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailure) as caught:
        subject_of(tmp_path, {"y": [f"t{number}" for number in range(60)]}, target="y")
    assert caught.value.code == "too_many_classes"


def test_nothing_to_measure_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailure) as caught:
        subject_of(tmp_path, {"race": ["a"]}, sensitive=("race",))
    assert caught.value.code == "no_outcome"


@pytest.mark.parametrize("favourable", [1, 1.0, "1", "1.0", True])
@pytest.mark.parametrize(
    "values", [[0, 1, 1], [0.0, 1.0, 1.0], ["0", "1", "1"], [False, True, True]]
)
def test_labels_compare_by_value(tmp_path: Path, favourable: object, values: list) -> None:
    subject, _ = subject_of(tmp_path, {"y": values, "d": values}, favourable=favourable, **TARGET)
    assert subject.label.tolist() == subject.decision.tolist() == [0, 1, 1]


def test_target_and_prediction_may_have_different_types(tmp_path: Path) -> None:
    subject, _ = subject_of(
        tmp_path, {"y": [1, 0, 1], "d": ["1.0", "0.0", "0.0"]}, favourable=1, **TARGET
    )
    assert subject.label.tolist() == [1, 0, 1]
    assert subject.decision.tolist() == [1, 0, 0]


def test_an_unknown_favourable_label_is_an_error_with_the_labels_there_are(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailure) as caught:
        subject_of(tmp_path, {"y": ["yes", "no"]}, target="y", favourable="granted")
    assert caught.value.code == "favourable_not_found"
    assert "no, yes" in caught.value.message


def test_one_class_is_measured_with_a_warning(tmp_path: Path) -> None:
    subject, warnings = subject_of(
        tmp_path, {"y": [0, 0, 0], "d": [1, 0, 1]}, favourable=1, **TARGET
    )
    assert subject.label.tolist() == [0, 0, 0]
    assert warnings == ["one_class_label"]
    _, warnings = subject_of(tmp_path, {"y": [0, 1, 0], "d": [1, 1, 1]}, favourable=1, **TARGET)
    assert warnings == ["one_class_decision"]


def test_predictions_without_a_target_meet_fewer_needs(tmp_path: Path) -> None:
    subject, _ = subject_of(
        tmp_path, {"d": [1, 0, 1], "r": ["a", "b", "a"]},
        prediction="d", favourable=1, sensitive=("r",),
    )  # fmt: skip
    assert subject.label is None
    assert subject.needs_met == {Need.DECISIONS, Need.SENSITIVE}


def test_scores_decide_at_one_half_when_nothing_else_does(tmp_path: Path) -> None:
    subject, warnings = subject_of(
        tmp_path, {"y": [0, 1, 1], "s": [0.2, 0.5, 0.7]}, target="y", score="s", favourable=1
    )
    assert subject.decision.tolist() == [0, 1, 1]
    assert subject.score.tolist() == [0.2, 0.5, 0.7]
    assert warnings == ["decision_from_score"]


def test_a_decision_column_wins_over_the_score(tmp_path: Path) -> None:
    subject, warnings = subject_of(
        tmp_path, {"d": [1, 0], "s": [0.2, 0.9]}, prediction="d", score="s", favourable=1
    )
    assert subject.decision.tolist() == [1, 0]
    assert warnings == []


@pytest.mark.parametrize(
    ("scores", "code", "rows"),
    [
        ([0.1, None, 0.3, None], "score_not_finite", "2 of 4 rows (data row 2, 4)"),
        ([0.1, 0.2, float("inf"), 0.4], "score_not_finite", "1 of 4 rows (data row 3)"),
        ([0.1, -0.5, 1.5, 0.4], "score_outside_unit", "2 of 4 rows (data row 2, 3)"),
        ([2.0] * 4, "score_outside_unit", "4 of 4 rows"),
        (["a"] * 4, "column_not_numeric", "'s'"),
    ],
)
def test_scores_that_are_no_probabilities_are_refused_with_their_rows(
    tmp_path: Path, scores: list, code: str, rows: str
) -> None:
    with pytest.raises(SandboxFailure) as caught:
        subject_of(tmp_path, {"y": [0, 1, 1, 0], "s": scores}, target="y", score="s", favourable=1)
    assert caught.value.code == code
    assert rows in caught.value.message


@pytest.mark.parametrize(("column", "code"), [("y", "label_missing"), ("d", "decision_missing")])
def test_missing_labels_and_decisions_are_refused_with_their_rows(
    tmp_path: Path, column: str, code: str
) -> None:
    data = {"y": [0, 1, 1] * 100, "d": [0, 1, 1] * 100}
    data[column] = [0, 1, None] * 100
    with pytest.raises(SandboxFailure) as caught:
        subject_of(tmp_path, data, favourable=1, **TARGET)
    assert caught.value.code == code
    assert "100 of 300 rows (data row 3, 6, 9, 12, 15, …)" in caught.value.message


def test_several_classes_share_one_order(tmp_path: Path) -> None:
    subject, _ = subject_of(tmp_path, {"y": [10, 9, 2], "d": ["9", "9", "11"]}, **TARGET)
    assert subject.task is Task.MULTICLASS
    assert subject.classes == ("2", "9", "10", "11")
    assert subject.label.tolist() == [2, 1, 0]
    assert subject.decision.tolist() == [1, 1, 3]
    assert subject.label.dtype == np.int32


def test_regression_takes_numbers(tmp_path: Path) -> None:
    subject, _ = subject_of(tmp_path, {"y": [1.5, 2.5], "d": [1.0, 3.0]}, **TARGET)
    assert subject.task is Task.REGRESSION
    assert subject.label.tolist() == [1.5, 2.5]
    assert subject.decision.tolist() == [1.0, 3.0]


@pytest.mark.parametrize("bad", [None, float("inf"), float("nan")])
def test_regression_refuses_numbers_that_are_not_finite(tmp_path: Path, bad: object) -> None:
    with pytest.raises(SandboxFailure, match="data row 2"):
        subject_of(tmp_path, {"y": [1.5, bad, 0.1]}, target="y")


def test_persons_are_coded_and_rows_without_one_stand_alone(tmp_path: Path) -> None:
    subject, _ = subject_of(
        tmp_path, {"y": [0, 1, 0, 1, 0], "p": ["x", "y", None, "x", None]},
        target="y", favourable=1, person="p",
    )  # fmt: skip
    assert subject.person.dtype == np.int32
    assert subject.person[0] == subject.person[3]
    assert len(set(subject.person.tolist())) == 4


def test_no_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailure) as caught:
        subject_of(tmp_path, {"y": []}, target="y")
    assert caught.value.code == "table_empty"


def test_a_damaged_prepared_table_is_refused(tmp_path: Path) -> None:
    from assessments.core.preparation import SubjectSpec, build_subject

    path = tmp_path / "prepared.arrow"
    path.write_bytes(b"ARROW1" + bytes(100))
    with pytest.raises(SandboxFailure) as caught:
        build_subject(path, SubjectSpec(target="y"))
    assert caught.value.code == "sandbox_protocol"
