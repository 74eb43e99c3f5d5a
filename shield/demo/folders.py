"""The two folders of the demo: a manifest beside its data, as a team would keep them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shield.demo.loans import FEATURES, PROTECTED, load
from shield.demo.model import split, train_and_export

HISTORICAL: Final = """\
# The bank's own decisions, before any model: predictions only. Nobody knows who of the refused
# would have repaid, so there is no `target`, and checks that need one say that they are skipped.
shield: 1
service:
  id: historical-decisions
  name: Historical mortgage decisions
  owner: retail-credit@example.org
  purpose: Mortgage applications in Boston in 1990, as the bank's clerks decided them
  tier: high
  frameworks: [mas-feat, nist-ai-rmf, eu-ai-act]
model:
  version: "1990"
  kind: predictions
data:
  test: {path: decisions.csv}
  prediction: approved
  favourable: 1
  sensitive: [race, sex, marital]
  groups:
    race: {reference: white}
    sex: {reference: male}
  legitimate: [meets_guidelines]
"""

CREDIT_MODEL: Final = """\
# A logistic regression that learned from those decisions, without race, sex or marital status.
# Its test data holds the protected columns, because fairness cannot be measured without them.
shield: 1
service:
  id: credit-model
  name: Mortgage credit model
  owner: retail-credit@example.org
  purpose: Proposes whether to approve a mortgage application
  tier: high
  frameworks: [mas-feat, nist-ai-rmf, eu-ai-act]
model:
  version: "1.0"
  kind: onnx
  path: model.onnx
data:
  test: {path: test.csv}
  train: {path: train.csv}
  target: approved
  favourable: 1
  sensitive: [race, sex, marital]
  groups:
    race: {reference: white}
    sex: {reference: male}
  legitimate: [meets_guidelines]
"""


def write_folders(root: Path) -> list[Path]:
    """Write both folders below `root` and return their manifests. Always the same bytes."""
    loans = load()
    everything = range(len(loans.rows))
    context = [*PROTECTED, "meets_guidelines", *FEATURES]
    decisions = _folder(root / "historical-decisions", HISTORICAL)
    loans.write(decisions.parent / "decisions.csv", [*context, "approved"], everything)

    credit = _folder(root / "credit-model", CREDIT_MODEL)
    train, test = split(loans)
    loans.write(credit.parent / "train.csv", [*context, "approved"], train)
    loans.write(credit.parent / "test.csv", [*context, "approved"], test)
    train_and_export(loans, train, credit.parent / "model.onnx")
    return [decisions, credit]


def _folder(path: Path, manifest: str) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    file = path / "shield.yaml"
    file.write_text(manifest, encoding="utf-8")
    return file
