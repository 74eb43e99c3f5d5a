"""From a file on disk through the sandbox to the subject: all parts together, with real models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

from assessments.core.preparation import (
    GroupRule,
    SubjectSpec,
    build_subject,
    freeze_groups,
    prepare_request,
)
from assessments.core.subject import Task
from shield.sandbox.client import ModelSource, TableSource, describe, prepare


def population(rows: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "race": rng.choice(["white", "black", None], rows, p=[0.7, 0.25, 0.05]),
            "age": rng.integers(18, 80, rows),
            "income": rng.normal(50, 10, rows).round(2),
            "debt": rng.normal(20, 5, rows).round(2),
        }
    )
    odds = (frame["income"] - 50) / 10 - (frame["debt"] - 20) / 5
    frame["repaid"] = np.where(rng.random(rows) < 1 / (1 + np.exp(-odds)), "yes", "no")
    return frame


def save(frame: pd.DataFrame, folder: Path, format: str) -> TableSource:
    path = folder / f"test.{format}"
    if format == "csv":
        frame.to_csv(path, index=False)
    elif format == "parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_feather(path)
    return TableSource(path, format)


SPEC = SubjectSpec(
    kind="onnx",
    target="repaid",
    favourable="yes",
    sensitive=("race", "age"),
    groups={"age": GroupRule(bins=(30, 60)), "race": GroupRule(reference="white")},
)


@pytest.mark.parametrize("format", ["csv", "parquet", "arrow"])
def test_an_onnx_model_on_every_table_format(tmp_path: Path, format: str) -> None:
    frame = population()
    features = frame[["income", "debt"]].to_numpy(np.float32)
    estimator = LogisticRegression().fit(features, frame["repaid"])
    options = {"zipmap": False}
    (tmp_path / "model.onnx").write_bytes(
        to_onnx(estimator, features[:1], options=options).SerializeToString()
    )
    table, model = save(frame, tmp_path, format), ModelSource("onnx", tmp_path / "model.onnx")
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    described = describe({"test": table}, profile=SPEC.profiled, model=model, scratch=first)
    frozen = freeze_groups(SPEC, described.tables["test"].path)
    prepared = prepare(prepare_request(SPEC, table=table, model=model), second)
    spec = SubjectSpec(
        kind=SPEC.kind, target=SPEC.target, favourable=SPEC.favourable, sensitive=SPEC.sensitive,
        groups=SPEC.groups, frozen=frozen,
    )  # fmt: skip
    subject, warnings = build_subject(prepared.path, spec)
    assert subject.task is Task.BINARY
    assert subject.n == 3000
    np.testing.assert_allclose(subject.score, estimator.predict_proba(features)[:, 1], atol=1e-5)
    assert subject.decision.tolist() == (estimator.predict(features) == "yes").astype(int).tolist()
    assert subject.label.tolist() == (frame["repaid"] == "yes").astype(int).tolist()
    assert [grouping.name for grouping in subject.groupings] == ["race", "age", "race × age"]
    race = subject.groupings[0]
    assert [group.slice["race"] for group in race.groups] == ["black", "white", "(missing)"]
    assert race.reference == 1
    expected = frame["race"].fillna("(missing)").value_counts()
    assert {group.slice["race"]: group.n for group in race.groups} == expected.to_dict()
    assert warnings == ()
    assert [code for code, _ in prepared.warnings] == ["features_by_position"]


@pytest.mark.parametrize("format", ["csv", "parquet", "arrow"])
def test_the_same_table_in_every_format_is_the_same_subject(tmp_path: Path, format: str) -> None:
    frame = population().assign(decision=lambda rows: (rows["income"] > 50).astype(int))
    spec = SubjectSpec(
        target="repaid", favourable="yes", sensitive=("race", "age"), legitimate=("income",)
    )
    subjects = []
    for each in ("csv", format):
        scratch = tmp_path / f"scratch-{each}"
        scratch.mkdir(exist_ok=True)
        prepared = prepare(prepare_request(spec, table=save(frame, tmp_path, each)), scratch)
        subjects.append(build_subject(prepared.path, spec)[0])
    one, two = subjects
    assert one.label.tolist() == two.label.tolist()
    for left, right in zip(
        one.groupings + one.legitimate, two.groupings + two.legitimate, strict=True
    ):
        assert left.groups == right.groups
        assert left.codes.tolist() == right.codes.tolist()
