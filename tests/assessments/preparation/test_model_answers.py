"""The model's classes and scores in the words of the table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assessments.core.subject import Need, Task
from shield.sandbox.contract import SandboxFailure
from tests.assessments.preparation.support import subject_of

P = np.array([0.1, 0.7, 0.6, 0.2])


def binary(folder: Path, target: list, model: dict, facts: dict, favourable: object = 1):
    return subject_of(
        folder,
        {"y": target},
        model=model,
        facts=facts,
        kind="onnx",
        target="y",
        favourable=favourable,
    )


def test_probabilities_of_named_classes(tmp_path: Path) -> None:
    subject, warnings = binary(
        tmp_path, ["no", "yes", "yes", "no"],
        {"decision": ["no", "yes", "no", "no"], "score:0": 1 - P, "score:1": P},
        {"classes": ["no", "yes"]}, "yes",
    )  # fmt: skip
    np.testing.assert_allclose(subject.score, P)
    assert subject.decision.tolist() == [0, 1, 0, 0]
    assert subject.needs_met == {Need.LABELS, Need.DECISIONS, Need.SCORES}
    assert warnings == []


def test_the_favourable_class_may_be_the_first(tmp_path: Path) -> None:
    subject, _ = binary(
        tmp_path, [0, 1, 1, 0],
        {"decision": [0, 1, 0, 0], "score:0": 1 - P, "score:1": P}, {"classes": ["0", "1"]}, 0,
    )  # fmt: skip
    np.testing.assert_allclose(subject.score, 1 - P)
    assert subject.decision.tolist() == [1, 0, 1, 1]


def test_one_score_is_the_probability_of_the_larger_label(tmp_path: Path) -> None:
    subject, warnings = binary(
        tmp_path, [0, 1, 1, 0], {"score:0": P}, {"form": "probability", "classes": ["0", "1"]}
    )
    np.testing.assert_allclose(subject.score, P)
    assert subject.decision.tolist() == [0, 1, 1, 0]
    assert warnings == ["decision_from_score"]


def test_one_score_is_turned_round_for_the_smaller_label_with_a_warning(tmp_path: Path) -> None:
    subject, warnings = binary(
        tmp_path, [0, 1, 1, 0], {"score:0": P}, {"form": "probability", "classes": ["0", "1"]}, 0
    )
    np.testing.assert_allclose(subject.score, 1 - P)
    assert warnings == ["score_inverted", "decision_from_score"]


def test_codes_of_a_model_stand_for_text_labels_in_their_order_with_a_warning(
    tmp_path: Path,
) -> None:
    subject, warnings = binary(
        tmp_path, ["bad", "good", "good", "bad"], {"score:0": P},
        {"form": "probability", "classes": ["0", "1"]}, "good",
    )  # fmt: skip
    np.testing.assert_allclose(subject.score, P)
    assert warnings == ["classes_by_order", "decision_from_score"]


def test_classes_without_names_are_learned_from_the_models_own_decisions(tmp_path: Path) -> None:
    subject, warnings = binary(
        tmp_path, ["a", "b", "b", "a"],
        {"decision": ["b", "a", "a", "b"], "score:0": 1 - P, "score:1": P}, {"classes": None}, "b",
    )  # fmt: skip
    np.testing.assert_allclose(subject.score, 1 - P)
    assert warnings == []


def test_all_one_class_in_the_data_does_not_confuse_the_models_classes(tmp_path: Path) -> None:
    subject, warnings = binary(
        tmp_path, [1, 1, 1, 1],
        {"decision": [0, 1, 1, 0], "score:0": 1 - P, "score:1": P}, {"classes": ["0", "1"]},
    )  # fmt: skip
    np.testing.assert_allclose(subject.score, P)
    assert warnings == ["one_class_label"]


def test_classes_that_nothing_explains_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailure) as caught:
        binary(
            tmp_path, ["a", "b", "c", "a"], {"score:0": 1 - P, "score:1": P}, {"classes": None}, "a"
        )
    assert caught.value.code == "classes_unknown"
    assert '"classes"' in caught.value.hint


def test_an_ambiguous_number_must_be_a_probability_for_a_binary_task(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailure) as caught:
        binary(tmp_path, [0, 1, 1, 0], {"score:0": P * 3}, {"form": "number"})
    assert caught.value.code == "score_outside_unit"
    assert "data row 2, 3" in caught.value.message


def test_a_model_of_classes_only_gives_no_scores(tmp_path: Path) -> None:
    subject, warnings = binary(
        tmp_path, [0, 1, 1, 0], {"decision": [0, 1, 0, 0]}, {"form": "none", "classes": ["0", "1"]}
    )
    assert subject.score is None
    assert subject.decision.tolist() == [0, 1, 0, 0]
    assert warnings == []


def test_several_classes_in_the_tables_order(tmp_path: Path) -> None:
    scores = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
    subject, _ = subject_of(
        tmp_path, {"y": ["lo", "hi"]},
        model={"decision": ["mid", "lo"]} | {f"score:{k}": scores[:, k] for k in range(3)},
        facts={"classes": ["hi", "mid", "lo"]}, kind="onnx", target="y",
    )  # fmt: skip
    assert subject.task is Task.MULTICLASS
    assert subject.classes == ("hi", "lo", "mid")
    np.testing.assert_allclose(subject.score, scores[:, [0, 2, 1]])
    assert subject.decision.tolist() == [2, 1]
    assert subject.label.tolist() == [1, 0]


def test_a_class_that_the_model_does_not_know_has_score_zero(tmp_path: Path) -> None:
    subject, _ = subject_of(
        tmp_path, {"y": [0, 1, 2, 0]}, model={"score:0": 1 - P, "score:1": P},
        facts={"classes": ["0", "1"]}, kind="onnx", target="y",
    )  # fmt: skip
    assert subject.score.shape == (4, 3)
    assert subject.score[:, 2].tolist() == [0, 0, 0, 0]
    assert subject.decision.tolist() == [0, 1, 1, 0]


def test_regression_takes_the_one_number(tmp_path: Path) -> None:
    subject, _ = subject_of(
        tmp_path, {"y": [1.5, 2.5, 0.1, 3.2]}, model={"score:0": P * 10},
        facts={"form": "number"}, kind="xgboost", target="y",
    )  # fmt: skip
    np.testing.assert_allclose(subject.decision, P * 10)
    assert subject.score is None


def test_a_classifier_for_a_numeric_target_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailure) as caught:
        subject_of(
            tmp_path, {"y": [1.5, 2.5, 0.1, 3.2]}, model={"score:0": 1 - P, "score:1": P},
            facts={"classes": ["0", "1"]}, kind="onnx", target="y",
        )  # fmt: skip
    assert caught.value.code == "model_task_mismatch"
