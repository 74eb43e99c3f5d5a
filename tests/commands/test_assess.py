"""`manage.py assess`: the contract of its exit codes, its outputs and its errors."""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace

import jsonschema
import pytest
from django.core.management import call_command

from assessments.core.check import REGISTRY, CheckResult
from assessments.core.plugins import load_checks
from shield.evidence.measurement import Interval, Measurement
from shield.management import outputs
from shield.management.commands import assess as command
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.models import Service
from shield.reports.result import schema, without_volatile
from tests.resilience.support import service, shell
from tests.support.assessing import assess
from tests.support.embedded import install

pytestmark = pytest.mark.django_db(transaction=True)
RATIO = "fairness.selection_rate_ratio"
DIFFERENCE = "fairness.demographic_parity_difference"


def run(*arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command in this process."""
    output, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            call_command("assess", *map(str, arguments))
            code = 0
        except SystemExit as stop:
            code = stop.code
    return code, output.getvalue(), errors.getvalue()


@pytest.fixture
def difference(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], None]:
    """Let the one check that the low tier requires measure an interval of our choice."""
    load_checks()

    def measure(low: float, high: float) -> None:
        value = Measurement(
            DIFFERENCE, (low + high) / 2, Interval(low, high), slice={"race": "black"}, n=100
        )
        fixed = replace(REGISTRY.get(DIFFERENCE), function=lambda c, p: CheckResult((value,)))
        monkeypatch.setattr(REGISTRY, "_checks", REGISTRY.all() | {DIFFERENCE: fixed})

    return measure


@pytest.mark.parametrize(
    ("low", "high", "code", "word"),
    [(-0.05, 0.05, 0, "PASSED"), (0.3, 0.5, 1, "FAILED"), (0.0, 0.2, 2, "INCONCLUSIVE")],
)
def test_the_exit_code_is_the_gates(tmp_path, difference, low, high, code, word) -> None:
    difference(low, high)
    path = service(tmp_path, checks=[DIFFERENCE])
    path.write_text(path.read_text().replace("tier: high", "tier: low"))
    exit_code, output, errors = run(path)
    assert exit_code == code, errors + output
    assert f"Gate {word}" in output
    assert output.rstrip().endswith(f"exit {code}")


def test_when_nothing_could_be_measured_it_is_not_a_verdict(tmp_path, monkeypatch) -> None:
    load_checks()
    broken = replace(REGISTRY.get(RATIO), function=lambda c, p: 1 / 0)
    monkeypatch.setattr(REGISTRY, "_checks", REGISTRY.all() | {RATIO: broken})
    code, output, _ = run(service(tmp_path, checks=[RATIO]))
    assert code == 3
    assert "nothing was measured" in output
    assert "ZeroDivisionError" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["assess"], "the following arguments are required"),
        (["assess", "shield.yaml", "--sead", "1"], "unrecognized arguments"),
        (["assess", "shield.yaml", "--seed", "x"], "invalid int value"),
        (["assess", "not-there.yaml"], "not-there.yaml"),
    ],
)
def test_wrong_usage_exits_with_3_and_says_what_is_wrong(
    tmp_path, migrated_file, arguments, said
) -> None:
    done = shell(*arguments, var=install(migrated_file, tmp_path))
    assert done.returncode == 3
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_seed_out_of_range_is_refused(tmp_path) -> None:
    code, _, errors = run(service(tmp_path), "--seed", "-1")
    assert code == 3
    assert "run.seed" in errors


def test_an_error_has_its_code_its_hint_and_a_traceback_only_when_asked_for(
    tmp_path, monkeypatch
) -> None:
    def bug(**given: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(command, "register", bug)
    path = service(tmp_path)
    code, _, errors = run(path)
    assert code == 3
    assert "error [crash]: ZeroDivisionError: a bug" in errors
    assert "--traceback" in errors
    assert "Traceback" not in errors
    assert "Traceback" in run(path, "--traceback")[2]


def test_a_manifests_problems_are_lines_with_file_line_key_and_fix(tmp_path) -> None:
    path = service(tmp_path, checks=["fairnes"])
    path.write_text(path.read_text().replace("owner:", "ownr:"))
    code, output, errors = run(path)
    assert code == 3
    assert output == ""
    assert re.search(r"^shield\.yaml:5: service\.ownr: ", errors, re.MULTILINE)
    assert "error [manifest.invalid]: nothing was registered." in errors
    assert not Service.objects.exists()


def test_a_parameter_of_the_wrong_type_is_a_problem_with_its_line(tmp_path) -> None:
    load_checks()
    path = service(tmp_path)
    path.write_text(path.read_text() + f"parameters:\n  {RATIO}:\n    confidence: very\n")
    code, _, errors = run(path)
    assert code == 3
    assert re.search(rf"^shield\.yaml:\d+: parameters\.{RATIO}\.confidence: ", errors, re.MULTILINE)


def test_json_validates_against_its_schema_and_names_the_run(tmp_path) -> None:
    done = assess(service(tmp_path))
    assert done.exit == 1
    jsonschema.validate(done.document, schema())
    assert done.document["run"] == str(Run.objects.get().pk)


def test_every_text_output_is_written(tmp_path) -> None:
    targets = {name: tmp_path / f"out.{name}" for name in ("json", "sarif", "junit", "html")}
    code, _, errors = run(
        service(tmp_path / "s"), *[a for n, t in targets.items() for a in (f"--{n}", t)]
    )
    assert code == 1, errors
    assert json.loads(targets["sarif"].read_text())["version"] == "2.1.0"
    assert targets["junit"].read_text().startswith("<?xml")
    assert "<html" in targets["html"].read_text()
    assert not list(tmp_path.glob(".shield-*"))


def test_a_dash_is_standard_output_and_then_the_verdict_goes_to_standard_error(tmp_path) -> None:
    code, output, errors = run(service(tmp_path), "--json", "-")
    assert code == 1
    assert json.loads(output)["shield"] == 1
    assert "Gate FAILED" in errors


def test_quiet_prints_nothing_but_the_exit_code_speaks(tmp_path) -> None:
    assert run(service(tmp_path), "--quiet") == (1, "", "")


def test_two_outputs_cannot_both_be_standard_output(tmp_path) -> None:
    code, _, errors = run(service(tmp_path), "--json", "-", "--sarif", "-")
    assert (code, "output.twice" in errors) == (3, True)
    assert not Run.objects.exists()


def test_an_output_in_a_folder_that_is_not_there_is_refused_before_the_work(tmp_path) -> None:
    code, _, errors = run(service(tmp_path), "--json", tmp_path / "no" / "out.json")
    assert code == 3
    assert f"mkdir -p {tmp_path / 'no'}" in errors
    assert not Run.objects.exists()


def test_a_full_disk_while_the_result_is_written_exits_with_3_and_keeps_the_run(tmp_path) -> None:
    code, _, errors = run(service(tmp_path), "--json", "/dev/full")
    assert code == 3
    assert "error [output.full]: There is no room to write /dev/full" in errors
    assert Run.objects.get().state == RunState.FINISHED


def test_a_reader_never_meets_half_a_result(tmp_path, monkeypatch) -> None:
    old = tmp_path / "out.json"
    old.write_text("the result of yesterday")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(outputs.os, "fsync", full)
    with pytest.raises(outputs.MissingPrerequisite):
        outputs.write_output(str(old), b"{}")
    assert old.read_text() == "the result of yesterday"
    assert list(tmp_path.iterdir()) == [old]


def test_the_verdict_is_readable_in_80_columns(tmp_path) -> None:
    _, output, _ = run(service(tmp_path))
    assert max(map(len, output.splitlines())) <= 80
    for part in ("fairness", "Failed (", "(high, FND-", "Fail: required is"):
        assert part in output


def test_an_interrupted_run_says_so_and_is_not_a_verdict(tmp_path, monkeypatch) -> None:
    load_checks()

    def interrupt(context, parameters):
        raise KeyboardInterrupt

    stopped = replace(REGISTRY.get(RATIO), function=interrupt)
    monkeypatch.setattr(REGISTRY, "_checks", REGISTRY.all() | {RATIO: stopped})
    code, _, errors = run(service(tmp_path, checks=[RATIO]))
    assert code == 3
    assert "Interrupted" in errors
    assert Run.objects.get().state == RunState.CANCELLED


def test_the_same_inputs_policy_and_seed_give_the_same_bytes_in_any_process(
    tmp_path, migrated_file
) -> None:
    """Two fresh databases, two hash seeds; only the fields named as volatile may differ."""
    path = service(tmp_path / "s", checks=["fairness", "performance"])
    results = []
    for seed in ("1", "2"):
        target = tmp_path / f"{seed}.json"
        done = shell(
            "assess", path, "--json", target, "--seed", "5", "--quiet",
            var=install(migrated_file, tmp_path / seed), env={"PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        document = without_volatile(json.loads(target.read_text()))
        results.append(json.dumps(document))  # the order of keys counts too
    assert results[0] == results[1]


def test_torch_and_the_other_heavy_libraries_are_never_imported(tmp_path) -> None:
    done = shell(
        "assess", service(tmp_path / "s"), "--quiet", var=tmp_path, env={"PYTHONPROFILEIMPORTTIME": "1"}
    )  # fmt: skip
    assert done.returncode == 1
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "numpy" in loaded
    heavy = {"torch", "sklearn", "pandas", "xgboost", "lightgbm", "onnxruntime", "weasyprint"}
    assert not loaded & heavy


def test_a_database_that_exists_is_not_migrated_again(tmp_path, migrated_file) -> None:
    path = service(tmp_path / "s", checks=[RATIO])
    done = shell(
        "assess", path, "--quiet", var=install(migrated_file, tmp_path),
        env={"PYTHONPROFILEIMPORTTIME": "1"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "assessments.core.metrics.bootstrap" in done.stderr  # so the profile does tell
    assert "django.db.migrations.executor" not in done.stderr
