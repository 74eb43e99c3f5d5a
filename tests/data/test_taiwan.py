"""Taiwan credit default with a model of our own: XGBoost as JSON, scored by the product."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.csv
import pytest
from sklearn.metrics import roc_auc_score

from tests.support.assessing import Assessed, assess, manifest

pytestmark = [pytest.mark.shared, pytest.mark.django_db(transaction=True)]

PROTECTED = ("SEX", "EDUCATION", "MARRIAGE", "AGE")
TARGET = "default payment"


@pytest.fixture
def assessed(tmp_path: Path, shared_tabular: Path) -> tuple[Assessed, float]:
    """The product's answer, and the area under the curve as scikit-learn computes it."""
    import xgboost

    table = pyarrow.csv.read_csv(shared_tabular / "taiwan_credit_default.csv")
    features = [name for name in table.column_names if name not in (*PROTECTED, TARGET)]
    rows = np.column_stack([table[name].to_numpy() for name in features]).astype(np.float32)
    repaid = 1 - table[TARGET].to_numpy()
    test = np.arange(len(repaid)) % 3 == 0
    train = xgboost.DMatrix(rows[~test], repaid[~test], feature_names=features)
    parameters = {
        "objective": "binary:logistic",
        "max_depth": 3,
        "eta": 0.3,
        "seed": 0,
        "nthread": 1,
    }
    model = xgboost.train(parameters, train, num_boost_round=25)
    model.save_model(tmp_path / "model.json")
    scores = model.predict(xgboost.DMatrix(rows[test], feature_names=features))

    held_out = table.filter(pyarrow.array(test))
    held_out = held_out.append_column("repaid", pyarrow.array(repaid[test])).drop_columns([TARGET])
    pyarrow.csv.write_csv(held_out, tmp_path / "test.csv")
    data = {
        "test": {"path": "test.csv"},
        "target": "repaid",
        "favourable": 1,
        "sensitive": ["SEX", "EDUCATION", "AGE"],
        "groups": {"AGE": {"bins": [30, 40, 50]}},
    }
    path = manifest(
        tmp_path, service="card-default", kind="xgboost", model={"path": "model.json"}, data=data
    )
    return assess(path), float(roc_auc_score(repaid[test], scores))


def test_the_model_is_scored_and_agrees_with_scikit_learn(assessed: tuple[Assessed, float]) -> None:
    done, reference = assessed
    assert done.exit in (0, 1, 2), done.errors
    auc = done.measurement("performance.auc")
    assert auc["n"] == 10_000
    assert auc["value"] == pytest.approx(reference, abs=1e-6)
    assert auc["interval"][0] < reference < auc["interval"][1]
    assert reference > 0.75


def test_women_are_approved_more_often_and_the_difference_is_small(
    assessed: tuple[Assessed, float],
) -> None:
    done, _ = assessed
    men = done.measurement("fairness.selection_rate", SEX="1")
    women = done.measurement("fairness.selection_rate", SEX="2")
    assert women["value"] > men["value"]
    assert men["n"] + women["n"] == 10_000
    assert done.measurement("fairness.selection_rate_ratio", SEX="1")["outcome"] == "pass"
