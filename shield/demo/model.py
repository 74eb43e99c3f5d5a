"""The credit model of the demo: trained without the protected columns, exported to ONNX.

That it never sees race, sex or marital status does not make it fair; showing that is its purpose.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np

from shield.demo.loans import FEATURES, PROTECTED, Loans

SEED: Final = 0
TEST_SHARE: Final = 0.5


def split(loans: Loans) -> tuple[list[int], list[int]]:
    """(train, test) row numbers: half and half, the same mix of race and decision in both."""
    from sklearn.model_selection import train_test_split

    strata = [f"{row['race']} {row['approved']}" for row in loans.rows]
    train, test = train_test_split(
        range(len(loans.rows)), test_size=TEST_SHARE, random_state=SEED, stratify=strata
    )
    return sorted(train), sorted(test)


def train_and_export(loans: Loans, train: list[int], path: Path) -> None:
    """Fit a logistic regression on the training half and write it as ONNX, always the same bytes.

    The file names its features in the metadata entry `feature_names`, so that columns are found by
    name and not by position.
    """
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    assert not set(FEATURES) & set(PROTECTED)
    table = np.array(
        [[float(loans.rows[index][name]) for name in FEATURES] for index in train], dtype=np.float32
    )  # (n_train, n_features)
    approved = np.array([int(loans.rows[index]["approved"]) for index in train])
    # One application in eight was refused: without weights the model would hardly ever refuse.
    learner = LogisticRegression(max_iter=1000, class_weight="balanced")
    model = make_pipeline(StandardScaler(), learner)
    model.fit(table, approved)
    exported = convert_sklearn(
        model,
        name="credit-model",  # without a name it draws a random one, and the digest would move
        initial_types=[("features", FloatTensorType([None, len(FEATURES)]))],
        options={"zipmap": False},
        target_opset={"": 17, "ai.onnx.ml": 3},
    )
    entry = exported.metadata_props.add()
    entry.key, entry.value = "feature_names", json.dumps(list(FEATURES))
    path.write_bytes(exported.SerializeToString(deterministic=True))
