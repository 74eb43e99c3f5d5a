"""A manifest folder to change: the whole example of the documentation, and a small one."""

from __future__ import annotations

from pathlib import Path

from shield.registry.manifest import Manifest, load
from shield.sandbox.contract import Column, Description, Profile, TableDescription

MODEL = """\
shield: 1
service:
  id: mortgage-approval
  name: Mortgage approval
  owner: retail-credit@example.org
  purpose: Decides retail mortgage applications
  tier: high
  frameworks: [mas-feat, eu-ai-act]
model:
  version: "2026.11"
  kind: onnx
  path: model.onnx
data:
  test: {path: test.csv}
  train: {path: train.csv}
  target: approve
  favourable: 1
  sensitive: [race, sex]
  groups:
    race: {reference: white, minimum: 30}
  legitimate: [meets_guidelines]
  person: customer_id
  columns:
    race: {mutable: false}
    loan_to_price: {min: 0, max: 3}
    income: {min: 0, direction: increase}
checks: [fairness, robustness.evasion]
parameters:
  robustness.evasion: {epsilon: [0.01, 0.05]}
policy:
  fairness.selection_rate_ratio: {min: 0.8}
gate: {fail_on: high}
"""

PREDICTIONS = """\
shield: 1
service:
  id: bank
  name: Bank decisions
  owner: a@example.org
  purpose: Decides
  tier: moderate
model: {version: "1", kind: predictions}
data:
  test: {path: test.csv}
  prediction: decision
  favourable: 1
  sensitive: [race]
"""


def write(folder: Path, text: str | bytes = MODEL) -> Path:
    """The manifest with the files that the examples name; the path of shield.yaml."""
    (folder / "model.onnx").write_bytes(b"model")
    (folder / "test.csv").write_text("race,decision\nwhite,1\nblack,0\n")
    (folder / "train.csv").write_text("race,decision\nwhite,0\n")
    path = folder / "shield.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def manifest(folder: Path, text: str = PREDICTIONS) -> Manifest:
    """The loaded manifest of a folder that has been written."""
    return load(write(folder, text))


def table(
    *, rows: int = 2, profiles: dict[str, Profile] | None = None, **types: str
) -> TableDescription:
    """What the sandbox says of a table."""
    columns = tuple(Column(name, type) for name, type in types.items())
    return TableDescription(rows=rows, columns=columns, profiles=profiles or {})


def description(**tables: TableDescription) -> Description:
    """What the sandbox says of a folder; without tables, that of `PREDICTIONS`."""
    tables = tables or {"test": table(race="string", decision="int64")}
    return Description(tables=tables, model=None, isolation={})
