"""What a manifest says about its tables, held against the tables themselves."""

from __future__ import annotations

from collections.abc import Iterator

from shield.registry.choices import ModelKind
from shield.registry.manifest.model import Manifest
from shield.registry.manifest.problems import Problem, listed, shown, suggestion
from shield.sandbox.contract import Description, TableDescription
from shield.sandbox.labels import find_label, label_text
from shield.sandbox.matching import match_features

NUMERIC = frozenset({"int64", "float64"})


def check(manifest: Manifest, description: Description) -> list[Problem]:
    """Columns, labels and model inputs that are not there, each with its line; empty when all fit."""
    table = description.tables["test"]
    found = [
        *_columns(manifest, table),
        *_labels(manifest, table),
        *_types(manifest, table),
        *_train(manifest, description),
        *_features(manifest, description),
    ]
    return sorted(found, key=lambda problem: (problem.line, problem.key))


def _problem(manifest: Manifest, key: str, expected: str, fix: str) -> Problem:
    return Problem(manifest.file.name, manifest.line(key), key, expected, fix)


def _named(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Every (key path, column) that the test table must have."""
    data = manifest.data
    own = ("prediction", "score") if manifest.model.kind == ModelKind.PREDICTIONS else ()
    for name in ("target", *own, "person"):
        if column := getattr(data, name):
            yield f"data.{name}", column
    for name in ("sensitive", "legitimate"):
        for index, column in enumerate(getattr(data, name)):
            yield f"data.{name}[{index}]", column


def _columns(manifest: Manifest, table: TableDescription) -> Iterator[Problem]:
    path = manifest.data.test.path
    for key, column in _named(manifest):
        if column not in table.names:
            yield _missing(manifest, key, column, path, table)


def _missing(
    manifest: Manifest, key: str, column: str, path: str, table: TableDescription
) -> Problem:
    otherwise = f"its columns are {listed(table.names)}"
    if _headless(table):
        otherwise += f": put names into the first line of {path}, which seems to be data"
    fix = suggestion(column, table.names, otherwise=otherwise)
    return _problem(manifest, key, f"a column of {path}, got {shown(column)}", fix)


def _headless(table: TableDescription) -> bool:
    """True when a third of the column names are numbers: then the first line is probably a row."""
    return 3 * sum(_is_number(name) for name in table.names) >= max(len(table.names), 1)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _labels(manifest: Manifest, table: TableDescription) -> Iterator[Problem]:
    data = manifest.data
    own = data.prediction if manifest.model.kind == ModelKind.PREDICTIONS else None
    if data.favourable is not None:
        for column in filter(None, (data.target, own)):
            yield from _label(manifest, table, "data.favourable", column, data.favourable)
    for column in dict.fromkeys((*data.sensitive, *data.legitimate)):
        rule = data.groups.get(column)
        if rule is not None and rule.reference is not None and not rule.bins:
            key = f"data.groups.{column}.reference"
            yield from _label(manifest, table, key, column, rule.reference)


def _label(
    manifest: Manifest, table: TableDescription, key: str, column: str, wanted: object
) -> Iterator[Problem]:
    profile = table.profiles.get(column)
    if profile is None:
        return
    known = [label for label, _ in profile.labels]
    complete = profile.distinct is not None and len(known) >= profile.distinct
    if complete and find_label(wanted, known) is None:
        yield _problem(
            manifest,
            key,
            f"a label of column {shown(column)}, got {shown(wanted)}",
            suggestion(label_text(wanted), known, otherwise=f"its labels are {listed(known)}"),
        )


def _types(manifest: Manifest, table: TableDescription) -> Iterator[Problem]:
    data = manifest.data
    types = {column.name: column.type for column in table.columns}
    for key, column in _named(manifest):
        if types.get(column) == "unsupported":
            yield _problem(
                manifest,
                key,
                f"a column of numbers, text or truth values, got {shown(column)}",
                "export it as one of these",
            )
    numeric = [(f"data.groups.{c}.bins", c) for c, rule in data.groups.items() if rule.bins]
    if data.score and manifest.model.kind == ModelKind.PREDICTIONS:
        numeric.append(("data.score", data.score))
    for key, column in numeric:
        if types.get(column, "int64") not in NUMERIC:
            yield _problem(
                manifest,
                key,
                f"a numeric column, got {shown(column)} of type {types[column]}",
                "export it as numbers",
            )


def _train(manifest: Manifest, description: Description) -> Iterator[Problem]:
    table, train, target = (
        description.tables.get("train"),
        manifest.data.train,
        manifest.data.target,
    )
    if table is not None and train is not None and target and target not in table.names:
        yield _missing(manifest, "data.target", target, train.path, table)


def _features(manifest: Manifest, description: Description) -> Iterator[Problem]:
    model = description.model
    if model is None or model.features is None:
        return
    table = description.tables["test"]
    _, lacking = match_features(model.features, table.names)
    if lacking:
        yield _problem(
            manifest,
            "model.path",
            f"a model whose inputs are columns of {manifest.data.test.path}; "
            f"missing: {listed(lacking)}",
            suggestion(lacking[0], table.names, otherwise="add these columns to the table"),
        )
