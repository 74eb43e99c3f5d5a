"""Tables and models for the sandbox's tests, and short ways to run it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pyarrow as pa
import pyarrow.ipc
import pytest
from onnx import TensorProto, helper

from shield.sandbox.client import (
    DEFAULT_LIMITS,
    Description,
    Limits,
    ModelSource,
    PrepareRequest,
    SandboxFailure,
    TableDescription,
    TableSource,
    describe,
    prepare,
)

ROOT = Path(__file__).resolve().parents[2]


def write(folder: Path, content: str | bytes, name: str = "test.csv") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def described(path: Path, *profile: str, limits: Limits = DEFAULT_LIMITS) -> TableDescription:
    """The description of one table, its format taken from the file's ending."""
    return full_description(path, *profile, limits=limits).tables["test"]


def full_description(
    path: Path, *profile: str, limits: Limits = DEFAULT_LIMITS, **more: Any
) -> Description:
    source = TableSource(path, path.suffix.removeprefix("."))
    return describe({"test": source}, profile=profile, limits=limits, **more)


def prepared(
    path: Path,
    scratch: Path,
    *columns: str,
    model: ModelSource | None = None,
    limits: Limits = DEFAULT_LIMITS,
    **roles: Any,
) -> pa.Table:
    """The prepared table; warnings are in its schema's metadata under "warnings"."""
    scratch.mkdir(exist_ok=True)
    request = PrepareRequest(
        TableSource(path, path.suffix.removeprefix(".")), columns, model, **roles
    )
    result = prepare(request, scratch, limits=limits)
    with pa.OSFile(str(result.path)) as source:
        table = pa.ipc.open_file(source).read_all()
    codes = ",".join(code for code, _ in result.warnings)
    return table.replace_schema_metadata({"warnings": codes})


def warnings_of(table: pa.Table) -> str:
    return table.schema.metadata[b"warnings"].decode()


def failure(call: Any, *arguments: Any, **named: Any) -> SandboxFailure:
    """The failure that a call must end in."""
    with pytest.raises(SandboxFailure) as caught:
        call(*arguments, **named)
    return caught.value


def probe(code: str, *, folder: Path | None = None) -> str:
    """What a piece of code prints inside a process that has confined itself as the child does."""
    lines = [
        "import os, sys",
        f"sys.path.append({str(ROOT)!r})",
        "from shield.sandbox.confinement import confine",
        "from shield.sandbox.contract import Limits",
        "isolation = confine(Limits(), os.getppid(), [])",
        textwrap.dedent(code),
    ]
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [sys.executable, "-I", "-B", "-c", "\n".join(lines)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=folder or empty,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def onnx_bytes(
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    initializers: list[onnx.TensorProto] | None = None,
    metadata: dict[str, str] | None = None,
) -> bytes:
    graph = helper.make_graph(nodes, "g", inputs, outputs, initializers or [])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if metadata:
        helper.set_model_props(model, metadata)
    return model.SerializeToString()


def linear_onnx(
    weights: list[float],
    *,
    bias: float = 0.0,
    sigmoid: bool = True,
    metadata: dict[str, str] | None = None,
    rows: int | None = None,
) -> bytes:
    """One float tensor (n, F) → one score (n, 1): the sigmoid of a weighted sum, or the sum itself."""
    width = len(weights)
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["product"]),
        helper.make_node("Add", ["product", "b"], ["z" if sigmoid else "y"]),
    ]
    if sigmoid:
        nodes.append(helper.make_node("Sigmoid", ["z"], ["y"]))
    return onnx_bytes(
        nodes,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [rows, width])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [rows, 1])],
        [
            helper.make_tensor("w", TensorProto.FLOAT, [width, 1], weights),
            helper.make_tensor("b", TensorProto.FLOAT, [1], [bias]),
        ],
        metadata,
    )


def named_onnx(names: list[str]) -> bytes:
    """One float input (n, 1) a feature → the sigmoid of their sum."""
    nodes = [helper.make_node("Sum", names, ["z"]), helper.make_node("Sigmoid", ["z"], ["answer"])]
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in names]
    return onnx_bytes(
        nodes, inputs, [helper.make_tensor_value_info("answer", TensorProto.FLOAT, [None, 1])]
    )


def endless_onnx() -> bytes:
    """A loop of 2⁶² steps: it would run for centuries."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Sin", ["state"], ["next_state"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("step", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next_state", TensorProto.FLOAT, None),
        ],
    )
    return onnx_bytes(
        [
            helper.make_node("Loop", ["steps", "yes", "x"], ["end"], body=body),
            helper.make_node("ReduceMean", ["end"], ["y"], axes=[1], keepdims=1),
        ],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [
            helper.make_tensor("steps", TensorProto.INT64, [], [1 << 62]),
            helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
        ],
    )


def numbers_csv(folder: Path, rows: int = 50, columns: int = 3, target: bool = True) -> Path:
    """Columns x0, x1, … of random numbers, and a binary column y."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=(rows, columns))
    names = [f"x{number}" for number in range(columns)]
    lines = [",".join([*names, "y"] if target else names)]
    for row in values:
        cells = [f"{value:.6f}" for value in row] + ([str(int(row[0] > 0))] if target else [])
        lines.append(",".join(cells))
    return write(folder, "\n".join(lines) + "\n")
