"""How large a table prepares in how much memory: `python -m benchmarks.scale [--rows N] [--columns N]`.

Writes a table of random columns as CSV, Parquet and Arrow, describes and prepares it in the sandbox
(with predictions, and with an ONNX model on all columns), builds the subject, and prints seconds and
the peak resident memory of child and parent. Every case runs in a process of its own, since a peak
never falls. The promise: 1,000,000 rows × 50 columns within 4 GiB, child and parent together.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FORMATS = ("csv", "parquet", "arrow")
BUDGET_MIB = 4096


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--quick", action="store_true", help="100,000 rows")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        folder, first, second = options.case
        if first.isdigit():
            write(Path(folder), int(first), int(second))
            print("{}")
        else:
            print(json.dumps(measure(Path(folder), first, second)))
        return 0
    rows = 100_000 if options.quick else options.rows
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Written by another process: a peak is inherited by the processes that one starts.
        run_case(folder, str(rows), str(options.columns))
        figures = [
            run_case(folder, format_, kind)
            for format_ in FORMATS
            for kind in ("predictions", "onnx")
        ]
    print(f"{rows:,} rows × {options.columns} columns; peak resident memory in MiB")
    print(
        f"{'format':8} {'model':12} {'describe s':>10} {'prepare s':>10} {'subject s':>10} {'child':>7} {'parent':>7}"
    )
    for each in figures:
        print(
            f"{each['format']:8} {each['model']:12} {each['describe_s']:10.2f} {each['prepare_s']:10.2f} "
            f"{each['subject_s']:10.2f} {each['child_mib']:7.0f} {each['parent_mib']:7.0f}"
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))
    return int(any(each["child_mib"] + each["parent_mib"] > BUDGET_MIB for each in figures))


def run_case(folder: Path, format_: str, kind: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.scale", "--case", str(folder), format_, kind],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def write(folder: Path, rows: int, columns: int) -> None:
    """Features, race, sex, age, income, label, decision and score; and a linear ONNX model."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    rng = np.random.default_rng(0)
    named = {
        "race": np.array(["white", "black", "asian", "hispanic"])[rng.integers(0, 4, rows)],
        "sex": np.array(["f", "m"])[rng.integers(0, 2, rows)],
        "age": rng.integers(18, 90, rows),
        "label": rng.integers(0, 2, rows),
        "decision": rng.integers(0, 2, rows),
        "score": rng.random(rows).round(5),
    }
    features = {
        f"x{number}": rng.normal(size=rows).round(4) if number % 2 else rng.integers(0, 1000, rows)
        for number in range(columns - len(named))
    }
    table = pa.table({**features, **named})
    pyarrow.csv.write_csv(table, folder / "table.csv")
    pyarrow.parquet.write_table(table, folder / "table.parquet")
    with pa.ipc.new_file(str(folder / "table.arrow"), table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)  # one batch: the hardest case for memory
    (folder / "model.onnx").write_bytes(_linear(list(features)))


def _linear(features: list[str]) -> bytes:
    from onnx import TensorProto, helper

    width = len(features)
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["z"]), helper.make_node("Sigmoid", ["z"], ["p"])],
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, width])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor("w", TensorProto.FLOAT, [width, 1], [0.001] * width)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"feature_names": json.dumps(features)})
    return model.SerializeToString()


def measure(folder: Path, format_: str, kind: str) -> dict[str, Any]:
    """One case in this process: seconds, and peaks of the children and of the process itself."""
    from assessments.core.preparation import (
        SubjectSpec,
        build_subject,
        freeze_groups,
        prepare_request,
    )
    from shield.sandbox.client import ModelSource, TableSource, describe, prepare

    spec = SubjectSpec(
        kind=kind, target="label", favourable=1, sensitive=("race", "sex", "age"),
        prediction="decision" if kind == "predictions" else None,
        score="score" if kind == "predictions" else None,
    )  # fmt: skip
    table = TableSource(folder / f"table.{format_}", format_)
    model = None if kind == "predictions" else ModelSource("onnx", folder / "model.onnx")
    with (
        tempfile.TemporaryDirectory(dir=folder) as one,
        tempfile.TemporaryDirectory(dir=folder) as two,
    ):
        start = time.perf_counter()
        described = describe({"test": table}, profile=spec.profiled, model=model, scratch=Path(one))
        middle = time.perf_counter()
        prepared = prepare(prepare_request(spec, table=table, model=model), Path(two))
        end = time.perf_counter()
        frozen = freeze_groups(
            spec, described.tables["test"].path or described.tables["test"].profiles
        )
        subject, _ = build_subject(prepared.path, spec)
        built = time.perf_counter()
    assert frozen["columns"]
    assert subject.n == described.tables["test"].rows
    return {
        "format": format_,
        "model": kind,
        "describe_s": middle - start,
        "prepare_s": end - middle,
        "subject_s": built - end,
        "child_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        "parent_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
