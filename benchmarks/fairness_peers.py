"""The peers of `benchmarks.fairness`: the same ten metrics by fairlearn, and aequitas apart."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class Columns:
    """One data set: group codes, label, decision, score."""

    codes: np.ndarray
    label: np.ndarray
    decision: np.ndarray
    score: np.ndarray
    groups: int


def metric_frame(columns: Columns, replicates: int = 0):  # noqa: ANN201 (fairlearn has no types)
    """The same ten metrics by MetricFrame."""
    from fairlearn import metrics as peer
    from sklearn.metrics import accuracy_score, jaccard_score, precision_score

    functions = {
        "selection rate": peer.selection_rate,
        "true-positive rate": peer.true_positive_rate,
        "false-positive rate": peer.false_positive_rate,
        "true-negative rate": peer.true_negative_rate,
        "false-negative rate": peer.false_negative_rate,
        "positive predictive value": precision_score,
        "negative predictive value": lambda y, d: precision_score(y, d, pos_label=0),
        "accuracy": accuracy_score,
        "base rate": lambda y, d: float(np.mean(y)),
        "Jaccard index": jaccard_score,
    }
    boot = {"n_boot": replicates, "ci_quantiles": [0.025, 0.975], "random_state": 0}
    return peer.MetricFrame(
        metrics=functions,
        y_true=columns.label,
        y_pred=columns.decision,
        sensitive_features=columns.codes,
        **(boot if replicates else {}),
    )


def run_aequitas(columns: Columns) -> dict | str:
    """The peer's answer from an environment of its own, or why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "venv" / "bin" / "python"
        file = Path(folder) / "columns.npz"
        np.savez(file, codes=columns.codes, label=columns.label, decision=columns.decision)
        script = Path(__file__).with_name("fairness_aequitas.py")
        steps = (
            [sys.executable, "-m", "venv", str(python.parent.parent)],
            [str(python), "-m", "pip", "install", "--quiet", "aequitas==1.1.0"],
            [str(python), str(script), str(file), "3"],
        )
        done = None
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                last = (done.stderr.strip().splitlines() or ["no message"])[-1]
                return f"not measured: {' '.join(step[1:4])} failed: {last[:200]}"
        assert done is not None
        return json.loads(done.stdout.strip().splitlines()[-1])
