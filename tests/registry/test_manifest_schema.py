"""The published JSON Schema and the loader say the same of the same document."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shield.evidence.outcome import Severity
from shield.registry.choices import ModelKind, Tier
from shield.registry.manifest import ManifestError, load
from shield.registry.manifest.loader import KEYS
from shield.registry.manifest.model import DIRECTIONS, FRAMEWORKS
from shield.registry.manifest.schema import json_schema
from shield.registry.manifest.sections import (
    CHECK,
    CHECK_ID,
    DATA_KEYS,
    LABEL,
    MODEL_KEYS,
    SERVICE_KEYS,
    SLUG,
)
from tests.registry.folders import MODEL, PREDICTIONS, write

VALIDATOR = Draft202012Validator(json_schema())
PROPERTIES = json_schema()["properties"]
DOCUMENTS = [yaml.safe_load(MODEL), yaml.safe_load(PREDICTIONS)]

ONLY_THE_LOADER = (
    "a file that exists",
    "sort them",
    "swap them",
    "remove it from one of the two",
    "name two different columns",
    "a table, not a folder",
)
"""Rules between values, and about files, which JSON Schema has no words for."""


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_both_know_the_same_keys_and_words() -> None:
    assert tuple(PROPERTIES) == KEYS
    assert tuple(PROPERTIES["service"]["properties"]) == SERVICE_KEYS
    assert tuple(PROPERTIES["model"]["properties"]) == MODEL_KEYS
    assert tuple(PROPERTIES["data"]["properties"]) == DATA_KEYS
    assert PROPERTIES["service"]["properties"]["tier"]["enum"] == Tier.values
    assert PROPERTIES["model"]["properties"]["kind"]["enum"] == ModelKind.values
    assert tuple(PROPERTIES["service"]["properties"]["frameworks"]["items"]["enum"]) == FRAMEWORKS
    assert PROPERTIES["gate"]["properties"]["fail_on"]["enum"] == [s.value for s in Severity]
    facts = PROPERTIES["data"]["properties"]["columns"]["additionalProperties"]["properties"]
    assert tuple(facts["direction"]["enum"]) == DIRECTIONS


def test_both_use_the_same_patterns() -> None:
    def anchored(pattern: str) -> str:
        return f"^{pattern}$"

    assert PROPERTIES["service"]["properties"]["id"]["pattern"] == anchored(SLUG.pattern)
    assert PROPERTIES["model"]["properties"]["version"]["pattern"] == anchored(LABEL.pattern)
    assert PROPERTIES["checks"]["items"]["pattern"] == anchored(CHECK.pattern)
    assert json_schema()["$defs"]["check"]["pattern"] == anchored(CHECK_ID.pattern)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_examples_are_valid_for_both(document: dict[str, Any], tmp_path: Path) -> None:
    VALIDATOR.validate(document)
    load(write(tmp_path, yaml.safe_dump(document)))


words = st.sampled_from(
    [
        "",
        " ",
        "a",
        "A b",
        "race",
        "approve",
        "onnx",
        "predictions",
        "low",
        "high",
        "increase",
        "fairness",
        "fairness.auc_gap",
        "mas-feat",
        "test.csv",
        "x.txt",
        "1",
        "é",
        "a\nb",
        "x" * 201,
    ]
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 40), st.sampled_from([0.5, -1.5, 2.0, 1e300]), words
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["min", "max", "path", "race", "bins", "fairness.auc_gap", "mutable", ""]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of the document that can be replaced."""
    if isinstance(document, dict):
        found = [place for key in document for place in places(document[key], (*path, key))]
        return ([path] if path else []) + found
    if isinstance(document, list):
        return [path] + [
            place for i, item in enumerate(document) for place in places(item, (*path, i))
        ]
    return [path]


@given(st.sampled_from(DOCUMENTS), values, st.sampled_from(["replace", "remove", "add"]), st.data())
def test_both_refuse_the_same_changes(
    document: dict[str, Any], value: Any, how: str, data: st.DataObject
) -> None:
    changed = copy.deepcopy(document)
    place = data.draw(st.sampled_from(places(document)))
    parent = changed
    for step in place[:-1]:
        parent = parent[step]
    if how == "replace":
        parent[place[-1]] = value
    elif how == "remove":
        del parent[place[-1]]
    elif isinstance(parent, dict):
        parent[data.draw(words)] = value
    schema_accepts = VALIDATOR.is_valid(changed)
    problems = loader_problems(changed)
    beyond = [problem for problem in problems if any(word in problem for word in ONLY_THE_LOADER)]
    if schema_accepts:
        assert problems == beyond
    else:
        assert problems


def loader_problems(document: dict[str, Any]) -> list[str]:
    """What the loader says of a document, with the files of the examples beside it."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), yaml.safe_dump(document, allow_unicode=True))
        (Path(folder) / "onnx").write_text("x")
        try:
            load(path)
        except ManifestError as error:
            return [str(problem) for problem in error.problems]
    return []
