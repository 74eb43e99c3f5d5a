"""The examples for pipelines: they parse, and every command in them exists in the client."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from assessments.api.push_serializers import BatchSerializer
from shield.client import shield_ci
from tests.architecture.sources import ROOT
from tests.support.assessing import assess

EXAMPLES = ROOT / "examples"
PIPELINES = sorted(path for path in (EXAMPLES / "ci").iterdir() if path.suffix != ".json")


def commands(path: Path) -> list[list[str]]:
    """The arguments of every call of the client."""
    found = re.findall(r"python3 shield_ci\.py ([^\n'\"]+)", path.read_text())
    return [shlex.split(each) for each in found]


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_every_command_of_an_example_is_one_of_the_client(path: Path) -> None:
    assert commands(path)
    for arguments in commands(path):
        options = shield_ci.parser().parse_args(arguments)
        assert options.command == "assess"


def test_the_workflow_of_github_has_steps_that_stand_alone() -> None:
    workflow = yaml.safe_load((EXAMPLES / "ci" / "github-actions.yml").read_text())
    steps = workflow["jobs"]["assess"]["steps"]
    assert all(("uses" in step) != ("run" in step) for step in steps)


def test_the_job_of_gitlab_reports_what_the_client_writes() -> None:
    job: dict[str, Any] = yaml.safe_load((EXAMPLES / "ci" / "gitlab-ci.yml").read_text())["shield"]
    assert job["artifacts"]["reports"]["junit"] in job["script"][-1]
    assert job["allow_failure"]["exit_codes"] == [shield_ci.INCONCLUSIVE]


def test_the_pipeline_of_jenkins_tells_inconclusive_from_failed_and_keeps_its_token_secret() -> (
    None
):
    text = (EXAMPLES / "ci" / "Jenkinsfile").read_text()
    assert re.findall(r"stage\('(\w+)'\)", text) == ["Shield"]
    assert "returnStatus: true" in text
    assert f"if (code == {shield_ci.INCONCLUSIVE}) {{ unstable(" in text
    assert "else if (code != 0) { error(" in text
    secret = "withCredentials([string(credentialsId: 'shield-token', variable: 'SHIELD_TOKEN')])"
    assert text.index(secret) < text.index("python3 shield_ci.py")
    written = re.findall(r"--junit (\S+?)'", text)
    assert written == re.findall(r"testResults: '(\S+)'", text) != []


def test_the_pushed_metrics_are_valid() -> None:
    body = json.loads((EXAMPLES / "ci" / "metrics.json").read_text())
    assert BatchSerializer(data=body).is_valid()


@pytest.mark.django_db(transaction=True)
def test_predictions_only_can_be_assessed(tmp_path: Path) -> None:
    for file in (EXAMPLES / "predictions-only").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    done = assess(tmp_path / "shield.yaml")
    assert done.exit in (0, 1, 2), done.errors
