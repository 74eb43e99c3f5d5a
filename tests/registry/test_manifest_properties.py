"""Whatever bytes or YAML it is given, the loader answers with a manifest or a ManifestError."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from shield.registry.manifest import ManifestError, load
from tests.registry.folders import MODEL, PREDICTIONS, write

DOCUMENTS = [yaml.safe_load(MODEL), yaml.safe_load(PREDICTIONS)]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["onnx", "predictions", "high", "fairness", "race", "test.csv", "../x.csv"]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def outcome(data: str | bytes) -> None:
    """Load it; anything but a manifest or a ManifestError with printable problems fails the test."""
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), data)
        try:
            manifest = load(path)
        except ManifestError as error:
            assert error.problems
            for problem in error.problems:
                assert problem.line >= 1
                assert problem.key
                assert str(problem).encode().startswith(b"shield.yaml:")
        else:
            json.dumps(manifest.as_json(), allow_nan=False).encode()
            assert len(manifest.sha256) == 64


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    outcome(data)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@#?,\\ \n\t0\u0085\ud800\U0001f600", max_size=60))
def test_any_text_of_yaml_characters(text: str) -> None:
    outcome(text.encode("utf-8", "surrogatepass"))


@given(st.sampled_from([MODEL, PREDICTIONS]), st.data())
def test_any_damage_to_a_right_manifest(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    inserted = data.draw(st.text(max_size=10) | st.sampled_from(["&a ", "*a", "!!int ", "[", "{"]))
    outcome((text[:start] + inserted + text[end:]).encode("utf-8", "surrogatepass"))


@given(st.sampled_from(DOCUMENTS), values, st.data())
def test_any_value_in_any_place(
    document: dict[str, object], value: object, data: st.DataObject
) -> None:
    outcome(yaml.safe_dump(replaced(document, value, data), allow_unicode=True).encode())


def replaced(document: object, value: object, data: st.DataObject) -> object:
    """The document with one of its values, at any depth, replaced, removed or added."""
    if not isinstance(document, dict) or not document or data.draw(st.integers(0, 4)) == 0:
        return value
    key = data.draw(st.sampled_from([*sorted(document), "unknown"]))
    if key == "unknown":
        return {**document, data.draw(st.text(max_size=6)): value}
    if data.draw(st.integers(0, 5)) == 0:
        return {name: part for name, part in document.items() if name != key}
    return {**document, key: replaced(document[key], value, data)}
