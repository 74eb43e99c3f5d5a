"""What each section of the manifest may say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Severity
from shield.registry.choices import ModelKind, Tier
from shield.registry.manifest.document import Node
from shield.registry.manifest.model import (
    DIRECTIONS,
    FORMATS,
    FRAMEWORKS,
    ColumnFacts,
    DataSection,
    GateSection,
    GroupRule,
    ModelSection,
    ServiceSection,
    Table,
)
from shield.registry.manifest.paths import confined
from shield.registry.manifest.problems import Problems, listed
from shield.registry.manifest.reader import Section

SERVICE_KEYS: Final = ("id", "name", "owner", "purpose", "tier", "frameworks", "unit")
MODEL_KEYS: Final = ("version", "kind", "path")
DATA_KEYS: Final = (
    "test",
    "train",
    "target",
    "favourable",
    "prediction",
    "score",
    "sensitive",
    "groups",
    "legitimate",
    "person",
    "columns",
)
SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LABEL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
CHECK: Final = re.compile(r"[a-z]+(\.[a-z0-9_]+)*")
CHECK_ID: Final = re.compile(r"[a-z]+(\.[a-z0-9_]+)+")
NOT_YET: Final = {
    "torch-export": "this release reads no torch models; export it to ONNX and write kind: onnx",
    "http": "this release calls no endpoints; give its answers as a table and write kind: predictions",
    **dict.fromkeys(
        ("pickle", "joblib", "pkl", "sklearn", "scikit-learn", "pytorch"),
        "pickled models can run code and are refused; export to onnx or skops, or use predictions",
    ),
}


def read_service(section: Section) -> ServiceSection:
    """Owner, purpose, tier, frameworks."""
    frameworks = tuple(
        section.choice_of(node, f"service.frameworks[{index}]", FRAMEWORKS)
        for index, node in enumerate(section.items("frameworks", f"any of {listed(FRAMEWORKS)}"))
    )
    return ServiceSection(
        id=section.text("id", "lower-case words joined by hyphens", limit=100, pattern=SLUG) or "",
        name=section.text("name", "the name that people read") or "",
        owner=section.text("owner", "who answers for it, e.g. an e-mail address") or "",
        purpose=section.text("purpose", "what it decides, about whom", limit=5000, multiline=True)
        or "",
        tier=section.choice("tier", Tier.values) or "",
        frameworks=tuple(dict.fromkeys(frameworks)),
        unit=section.text(
            "unit", "the id of a business unit", required=False, limit=60, pattern=SLUG
        ),
    )


def read_model(section: Section, folder: Path) -> ModelSection:
    """Version, kind and, unless there are only predictions, the artefact."""
    kind = section.choice("kind", ModelKind.values, why=NOT_YET) or ""
    version = section.text("version", 'a label such as "2026.11"', limit=100, pattern=LABEL) or ""
    node = section.get("path")
    if kind == ModelKind.PREDICTIONS:
        if node is not None:
            section.wrong(
                node,
                "model.path",
                "no path for kind predictions (the table in data.test holds them)",
                "remove it",
            )
        return ModelSection(version=version, kind=kind)
    path = (
        section.text(
            "path", "the model's file, relative to this manifest", required=bool(kind), limit=1000
        )
        or ""
    )
    file = (
        confined(folder, path, "model.path", node.line, section.problems) if node and path else None
    )
    return ModelSection(version=version, kind=kind, path=path, file=file)


def _table(data: Section, role: str, folder: Path, *, required: bool) -> Table | None:
    section = data.section(role, ("path",), required=required)
    if section is None:
        return None
    key = section.key("path")
    path = section.text("path", "a table, relative to this manifest", limit=1000) or ""
    node = section.get("path")
    if node is None or not path:
        return Table(path="", file=folder, format="csv")
    format = FORMATS.get(Path(path).suffix.lower(), "")
    if not format:
        section.wrong(
            node, key, f"a table that ends in {listed(FORMATS)}", "convert it to CSV or Parquet"
        )
        return Table(path=path, file=folder, format="")
    file = confined(folder, path, key, node.line, section.problems)
    return Table(path=path, file=file or folder, format=format)


def _group_rule(node: Node, key: str, problems: Problems) -> GroupRule:
    section = Section(node, key, problems, ("bins", "reference", "minimum"))
    expected = "increasing numbers, the inner limits of the groups"
    items = section.items("bins", expected)
    bins = tuple(
        section.number_of(item, f"{key}.bins[{index}]", "a number")
        for index, item in enumerate(items)
    )
    if any(low >= high for low, high in pairwise(bins)):
        section.wrong(
            section.entries["bins"], f"{key}.bins", expected, "sort them and remove repetitions"
        )
    return GroupRule(
        bins=bins,
        reference=section.scalar("reference", "a group's label"),
        minimum=section.integer("minimum", "the smallest group shown by itself", least=1),
    )


def _column_facts(node: Node, key: str, problems: Problems) -> ColumnFacts:
    section = Section(node, key, problems, ("mutable", "min", "max", "direction"))
    low, high = section.number("min", "a number"), section.number("max", "a number")
    if low is not None and high is not None and low > high:
        section.wrong(section.entries["min"], f"{key}.min", f"at most max ({high:g})", "swap them")
    return ColumnFacts(
        mutable=section.boolean("mutable", "true or false"),
        min=low,
        max=high,
        direction=section.choice("direction", DIRECTIONS, required=False),
    )


def read_data(section: Section, folder: Path, kind: str) -> DataSection:
    """Tables and the meaning of their columns."""
    test = _table(section, "test", folder, required=True)
    groups = section.mapping("groups", "column: {bins, reference, minimum}")
    facts = section.mapping("columns", "column: {mutable, min, max, direction}")
    data = DataSection(
        test=test or Table(path="", file=folder, format="csv"),
        train=_table(section, "train", folder, required=False),
        target=section.text(
            "target", "the column with the truth", required=kind not in ("", ModelKind.PREDICTIONS)
        ),
        favourable=section.scalar("favourable", "the label that is good for the person"),
        prediction=section.text("prediction", "the column with the decision", required=False),
        score=section.text("score", "the column with the probability", required=False),
        sensitive=section.texts("sensitive", "sensitive columns"),
        groups={
            column: _group_rule(node, f"data.groups.{column}", section.problems)
            for column, node in groups.items()
        },
        legitimate=section.texts("legitimate", "columns given which rates may differ"),
        person=section.text("person", "the column that names the person", required=False),
        columns={
            column: _column_facts(node, f"data.columns.{column}", section.problems)
            for column, node in facts.items()
        },
    )
    _agree(section, data, kind)
    return data


def _agree(section: Section, data: DataSection, kind: str) -> None:
    """Rules between the keys of `data`."""
    predictions = kind == ModelKind.PREDICTIONS
    if predictions and data.prediction is None and data.score is None:
        section.problems.add(
            line=section.line,
            key="data.prediction",
            expected="for kind predictions, the column with the decision or data.score",
            fix="add 'prediction: …' or 'score: …' under data",
        )
    if data.score is not None and data.favourable is None:
        section.problems.add(
            line=section.entries["score"].line,
            key="data.favourable",
            expected="the label whose probability data.score is",
            fix="add 'favourable: …' under data",
        )
    _roles(section, data)


def _roles(section: Section, data: DataSection) -> None:
    """One column has one meaning."""
    roles: dict[str, str] = {}
    for name in ("target", "prediction", "score"):
        column = getattr(data, name)
        if column and column in roles:
            section.wrong(
                section.entries[name],
                f"data.{name}",
                f"another column than data.{roles[column]}",
                "name two different columns",
            )
        elif column:
            roles[column] = name
    for name in ("sensitive", "legitimate"):
        for index, column in enumerate(getattr(data, name)):
            taken = roles.get(column)
            if column and taken:
                section.problems.add(
                    line=section.entries[name].items[index].line,
                    key=f"data.{name}[{index}]",
                    expected=f"a column that is not already data.{taken}, got {column!r}",
                    fix="remove it from one of the two",
                )
        if name == "sensitive":
            roles |= dict.fromkeys(data.sensitive, "sensitive")


def read_policy(entries: Mapping[str, Node], problems: Problems) -> dict[str, Threshold]:
    """Thresholds by check id."""
    policy = {}
    for check, node in entries.items():
        key = f"policy.{check}"
        section = Section(node, key, problems, ("min", "max"))
        if not CHECK_ID.fullmatch(check):
            section.wrong(
                node, key, "a check id such as fairness.selection_rate_ratio", "rename it"
            )
        low, high = section.number("min", "a number"), section.number("max", "a number")
        if low is None and high is None:
            if section.sound:
                section.wrong(node, key, "min, max or both", "write {min: 0.8}")
        elif low is not None and high is not None and low > high:
            section.wrong(node, key, f"min at most max ({high:g})", "swap them")
        else:
            policy[check] = Threshold(min=low, max=high)
    return policy


def read_parameters(
    entries: Mapping[str, Node], problems: Problems
) -> dict[str, dict[str, object]]:
    """Parameters by check id; their types are the check's own business."""
    parameters = {}
    for check, node in entries.items():
        section = Section(node, f"parameters.{check}", problems, None)
        if not CHECK_ID.fullmatch(check):
            section.wrong(node, section.path, "a check id such as fairness.auc_gap", "rename it")
        parameters[check] = {name: plain(child) for name, child in section.entries.items()}
    return parameters


def plain(node: Node) -> object:
    """The value of a node without its lines."""
    if node.kind == "mapping":
        return {name: plain(child) for name, child in node.entries.items()}
    if node.kind == "list":
        return [plain(child) for child in node.items]
    return node.value


def read_gate(section: Section | None) -> GateSection:
    """The gate's own key."""
    if section is None:
        return GateSection()
    return GateSection(fail_on=section.choice("fail_on", [s.value for s in Severity]) or None)
