"""shield.yaml: what is right loads; what is wrong names file, line, key, expectation and fix."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shield.registry.manifest import ManifestError, Problem, load
from tests.registry.folders import MODEL, PREDICTIONS, write


def problems(folder: Path, text: str | bytes) -> list[Problem]:
    with pytest.raises(ManifestError) as error:
        load(write(folder, text))
    return error.value.problems


def only(folder: Path, text: str | bytes) -> Problem:
    found = problems(folder, text)
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def test_the_whole_example_loads(tmp_path: Path) -> None:
    manifest = load(write(tmp_path))
    assert manifest.service.id == "mortgage-approval"
    assert manifest.model.file == tmp_path.resolve() / "model.onnx"
    assert manifest.artefact == manifest.model.file
    assert manifest.data.tables["train"].format == "csv"
    assert manifest.data.groups["race"].reference == "white"
    assert manifest.data.columns["race"].mutable is False
    assert manifest.parameters == {"robustness.evasion": {"epsilon": [0.01, 0.05]}}
    assert manifest.policy["fairness.selection_rate_ratio"].min == 0.8
    assert manifest.gate.fail_on == "high"
    assert manifest.warnings == ()


def test_predictions_need_no_target_and_no_model(tmp_path: Path) -> None:
    manifest = load(write(tmp_path, PREDICTIONS))
    assert manifest.data.target is None
    assert manifest.artefact == tmp_path.resolve() / "test.csv"


def test_json_form_holds_only_what_was_given(tmp_path: Path) -> None:
    assert load(write(tmp_path, PREDICTIONS)).as_json() == {
        "shield": 1,
        "service": {
            "id": "bank",
            "name": "Bank decisions",
            "owner": "a@example.org",
            "purpose": "Decides",
            "tier": "moderate",
        },
        "model": {"version": "1", "kind": "predictions"},
        "data": {
            "test": {"path": "test.csv"},
            "prediction": "decision",
            "favourable": 1,
            "sensitive": ["race"],
        },
    }


@pytest.mark.parametrize("label", ["0", "false"])
def test_a_favourable_label_that_is_falsy_is_kept(tmp_path: Path, label: str) -> None:
    text = PREDICTIONS.replace("favourable: 1", f"favourable: {label}")
    favourable = load(write(tmp_path, text)).as_json()["data"]["favourable"]  # type: ignore[index]
    assert favourable in (0, False)


def test_the_digest_ignores_comments_and_layout(tmp_path: Path) -> None:
    first = load(write(tmp_path, PREDICTIONS)).sha256
    assert load(write(tmp_path, f"# hello\n{PREDICTIONS}\n\n")).sha256 == first
    other = PREDICTIONS.replace("moderate", "high")
    assert load(write(tmp_path, other)).sha256 != first


def test_yes_and_dates_are_text_as_in_yaml_1_2(tmp_path: Path) -> None:
    text = PREDICTIONS.replace("favourable: 1", "favourable: yes").replace(
        "purpose: Decides", "purpose: 2026-11-20"
    )
    manifest = load(write(tmp_path, text))
    assert (manifest.data.favourable, manifest.service.purpose) == ("yes", "2026-11-20")


def test_an_error_is_one_line_with_file_line_key_expectation_and_fix(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as error:
        load(write(tmp_path, MODEL.replace("  target:", "  taget:")))
    assert str(error.value) == (
        "shield.yaml:16: data.taget: one of test, train, target, favourable, prediction, score, "
        "sensitive, groups, legitimate, person, columns; 'taget' is not a key here; "
        "did you mean 'target'?"
    )
    assert (error.value.code, error.value.status) == ("manifest.invalid", 422)


def test_all_problems_are_told_at_once_in_line_order(tmp_path: Path) -> None:
    text = (
        MODEL.replace("tier: high", "tier: hihg")
        .replace("test.csv", "missing.csv")
        .replace("{min: 0.8}", "{mn: 0.8}")
    )
    found = problems(tmp_path, text)
    assert [(problem.line, problem.key) for problem in found] == [
        (7, "service.tier"),
        (14, "data.test.path"),
        (31, "policy.fairness.selection_rate_ratio.mn"),
    ]
    assert found[0].fix == "did you mean 'high'?"


@pytest.mark.parametrize(
    ("old", "new", "key", "fix"),
    [
        ("shield: 1\n", "", "shield", "shield: 1"),
        ("shield: 1", "shield: 2", "shield", "write 'shield: 1'"),
        ("shield: 1", "shield: true", "shield", "write 'shield: 1'"),
        ("id: mortgage-approval", "id: Mortgage", "service.id", "it must match"),
        (
            "  owner: retail-credit@example.org\n",
            "",
            "service.owner",
            "add 'owner: …' under service",
        ),
        ("name: Mortgage approval", "name: ''", "service.name", "1 to 200 characters"),
        ("name: Mortgage approval", "name: [a]", "service.name", "write a text"),
        ("mas-feat", "mas-feet", "service.frameworks[0]", "did you mean 'mas-feat'?"),
        ('"2026.11"', "2026.10", "model.version", 'put it in quotes: "2026.10"'),
        ('"2026.11"', '"a/b"', "model.version", "it must match"),
        ("kind: onnx", "kind: pickle", "model.kind", "export to onnx or skops"),
        ("kind: onnx", "kind: torch-export", "model.kind", "kind: onnx"),
        ("kind: onnx", "kind: http", "model.kind", "kind: predictions"),
        ("model.onnx", "modell.onnx", "model.path", "did you mean 'model.onnx'?"),
        ("  path: model.onnx\n", "", "model.path", "add 'path: …' under model"),
        ("test.csv", "test.xlsx", "data.test.path", "convert it to CSV or Parquet"),
        ("{path: test.csv}", "test.csv", "data.test", "write path under it"),
        ("favourable: 1", "favourable: [1]", "data.favourable", "as it stands in the data"),
        ("favourable: 1", "favourable:", "data.favourable", "as it stands in the data"),
        ("sensitive: [race, sex]", "sensitive: race", "data.sensitive", "write [a, b]"),
        ("sensitive: [race, sex]", "sensitive: []", "data.sensitive", "write [a, b]"),
        ("sensitive: [race, sex]", "sensitive: [race, race]", "data.sensitive[1]", "repetition"),
        ("sensitive: [race, sex]", "sensitive: [1, sex]", "data.sensitive[0]", 'in quotes: "1"'),
        ("[race, sex]", "[race, approve]", "data.sensitive[1]", "remove it from one of the two"),
        ("[meets_guidelines]", "[race]", "data.legitimate[0]", "remove it from one of the two"),
        ("minimum: 30", "minimum: 0", "data.groups.race.minimum", "from 1"),
        ("minimum: 30", "minimum: 2.5", "data.groups.race.minimum", "a whole number"),
        ("minimum: 30", "bins: [3, 2]", "data.groups.race.bins", "sort them"),
        ("minimum: 30", "bins: [a]", "data.groups.race.bins[0]", "without quotes"),
        ("minimum: 30", "least: 30", "data.groups.race.least", "remove it"),
        ("mutable: false", 'mutable: "no"', "data.columns.race.mutable", "true or false"),
        ("{min: 0, max: 3}", "{min: 4, max: 3}", "data.columns.loan_to_price.min", "swap them"),
        ("max: 3", "max: .inf", "data.columns.loan_to_price.max", "leave the key out"),
        ("max: 3", "max: 1e999", "data.columns.loan_to_price.max", "leave the key out"),
        ("direction: increase", "direction: up", "data.columns.income.direction", "'increase'"),
        ("checks: [fairness,", "checks: [Fairness,", "checks[0]", "it must match"),
        ("{epsilon: [0.01, 0.05]}", "0.01", "parameters.robustness.evasion", "under it"),
        ("{min: 0.8}", "{}", "policy.fairness.selection_rate_ratio", "write {min: 0.8}"),
        ("{min: 0.8}", "{min: 2, max: 1}", "policy.fairness.selection_rate_ratio", "swap"),
        ("{min: 0.8}", "{min: true}", "policy.fairness.selection_rate_ratio.min", "without quotes"),
        ("  fairness.selection_rate_ratio", "  ratio", "policy.ratio", "rename it"),
        ("fail_on: high", "fail_on: hihg", "gate.fail_on", "did you mean 'high'?"),
        ("gate:", "gates:", "gates", "did you mean 'gate'?"),
    ],
)
def test_what_is_wrong_is_named_with_its_fix(
    tmp_path: Path, old: str, new: str, key: str, fix: str
) -> None:
    assert old in MODEL
    problem = only(tmp_path, MODEL.replace(old, new, 1))
    assert problem.key == key
    assert fix in problem.fix
    lines = MODEL.splitlines()
    assert old.strip().splitlines()[0] in lines[problem.line - 1] or "add" in problem.fix


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("kind: predictions", "kind: predictions, path: test.csv", "model.path"),
        ("  prediction: decision\n", "", "data.prediction"),
        ("  favourable: 1\n", "  score: p\n", "data.favourable"),
        ("prediction: decision", "prediction: d\n  target: d", "data.prediction"),
    ],
)
def test_rules_of_predictions(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert only(tmp_path, PREDICTIONS.replace(old, new)).key == key


def test_keys_that_do_nothing_are_warned_about(tmp_path: Path) -> None:
    text = MODEL.replace(
        "  groups:", "  prediction: decision\n  groups:\n    age: {bins: [18, 30]}"
    )
    warnings = load(write(tmp_path, text)).warnings
    assert [code for code, _ in warnings] == ["manifest.no_effect"] * 2
    assert "data.groups.age" in warnings[0][1]
    assert "data.prediction" in warnings[1][1]


@pytest.mark.parametrize("written", ["../secret.csv", "/etc/passwd.csv", "link.csv", "deep/up.csv"])
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, written: str) -> None:
    folder = tmp_path / "service"
    folder.mkdir()
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (folder / "link.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "deep").symlink_to(tmp_path)
    (tmp_path / "up.csv").write_text("a\n1\n")
    problem = only(folder, PREDICTIONS.replace("test.csv", written))
    assert problem.key == "data.test.path"
    assert "inside the manifest's folder" in problem.expected or "relative" in problem.expected


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    write(tmp_path, PREDICTIONS)
    (tmp_path / "link.csv").symlink_to(tmp_path / "test.csv")
    manifest = load(write(tmp_path, PREDICTIONS.replace("test.csv", "link.csv")))
    assert manifest.data.test.file == tmp_path.resolve() / "test.csv"


@pytest.mark.parametrize("kind", ["empty", "folder", "fifo", "loop", "long", "nul"])
def test_what_is_no_usable_file_is_refused(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "x.csv"
    name = {"long": "a" * 400 + ".csv", "nul": "x.csv"}.get(kind, "x.csv")
    if kind == "empty":
        target.touch()
    elif kind == "folder":
        target.mkdir()
    elif kind == "fifo":
        os.mkfifo(target)
    elif kind == "loop":
        target.symlink_to(target)
    assert only(tmp_path, PREDICTIONS.replace("test.csv", name)).key == "data.test.path"


def test_a_manifest_that_is_not_there_is_a_manifest_error(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "shield.yaml", tmp_path):
        with pytest.raises(ManifestError, match=r"a manifest(, but this is a folder| that can be)"):
            load(path)
