"""The client against a live server: every exit code of the contract, and what it must never do."""

from __future__ import annotations

import hashlib
import io
import json
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from rest_framework.exceptions import NotFound

from assessments.models import Submission
from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.accounts.services import token_create
from shield.findings.models import Acceptance, Finding
from shield.findings.proposals import Terms
from shield.findings.services import acceptance_approve, acceptance_propose
from shield.records.models import Run
from shield.registry.choices import ErasedFor
from shield.registry.models import Service, StoredFile
from shield.uploads.models import Upload
from shield.uploads.services import upload_append, upload_start
from tests import factories
from tests.client.conftest import run_client
from tests.resilience.support import service
from tests.support.handing_in import changed

Client = Callable[..., Any]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return service(tmp_path / "service")


def fair(manifest: Path) -> Path:
    """Data on which nothing can fail."""
    rows = [f"{race},{number % 10 != 0:d}" for number in range(4000) for race in ("white", "black")]
    (manifest.parent / "test.csv").write_text("\n".join(["race,decision", *rows]) + "\n")
    return changed(manifest, service={"tier": "low"})


def small(manifest: Path) -> Path:
    """So few rows that nothing can be decided."""
    rows = [f"{race},{number % 2}" for number in range(35) for race in ("white", "black")]
    (manifest.parent / "test.csv").write_text("\n".join(["race,decision", *rows]) + "\n")
    return manifest


def test_a_failed_gate_exits_with_1_and_writes_every_output(
    client: Client, manifest: Path, tmp_path: Path, token: str
) -> None:
    outputs = {name: tmp_path / f"out.{name}" for name in ("json", "sarif", "junit", "markdown")}
    done = client("assess", manifest, "--wait", *[f"--{n}={f}" for n, f in outputs.items()])
    assert done.returncode == 1, done.stderr
    assert json.loads(outputs["json"].read_text())["gate"]["exit"] == 1
    assert json.loads(outputs["sarif"].read_text())["version"] == "2.1.0"
    assert ET.parse(outputs["junit"]).getroot().tag == "testsuites"  # noqa: S314
    assert outputs["markdown"].read_text().startswith("### Gate")
    assert f"/runs/{Run.objects.get().pk}/" in done.stderr
    assert Submission.objects.get().get_absolute_url() in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("fail (")]
    assert said
    assert all("fairness." in line for line in said)
    assert token not in done.stdout + done.stderr


def test_a_verdict_stands_where_its_details_cannot_be_fetched(
    client: Client, manifest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise NotFound

    monkeypatch.setattr("assessments.api.submission_views.result_document", gone)
    done = client("assess", manifest, "--wait")
    assert done.returncode == 1, done.stderr
    assert "could not be fetched" in done.stderr
    assert "gate FAILED" in done.stderr


def test_a_passed_gate_exits_with_0(client: Client, manifest: Path) -> None:
    done = client("assess", fair(manifest))
    assert (done.returncode, "gate PASSED" in done.stderr) == (0, True), done.stderr


def test_an_inconclusive_gate_exits_with_2(client: Client, manifest: Path) -> None:
    done = client("assess", small(manifest))
    assert (done.returncode, "gate INCONCLUSIVE" in done.stderr) == (2, True), done.stderr
    assert "\ninconclusive" in done.stderr


def test_a_stopped_upload_goes_on_where_it_was(client: Client, manifest: Path) -> None:
    table = (fair(manifest).parent / "test.csv").read_bytes()
    facts = {"size": len(table), "sha256": hashlib.sha256(table).hexdigest()}
    broken = upload_start(owner=User.objects.get(), name="test.csv", **facts)
    upload_append(upload=broken, offset=0, stream=io.BytesIO(table[:1000]), length=1000)
    done = client("assess", manifest)
    assert done.returncode == 0, done.stderr
    kept = Upload.objects.get(sha256=facts["sha256"])
    assert (kept.pk, kept.state) == (broken.pk, "complete")


def test_an_upload_whose_last_step_failed_is_completed(client: Client, manifest: Path) -> None:
    table = (fair(manifest).parent / "test.csv").read_bytes()
    facts = {"size": len(table), "sha256": hashlib.sha256(table).hexdigest()}
    broken = upload_start(owner=User.objects.get(), name="test.csv", **facts)
    folder = Path(settings.UPLOAD_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / str(broken.pk)).write_bytes(table)
    Upload.objects.update(received=len(table))
    done = client("assess", manifest)
    assert done.returncode == 0, done.stderr
    assert Upload.objects.get().state == "complete"


def test_erased_data_is_said_and_not_sent_again(client: Client, manifest: Path) -> None:
    data = factories.dataset(factories.service())
    digest = hashlib.sha256((fair(manifest).parent / "test.csv").read_bytes()).hexdigest()
    StoredFile.objects.filter(pk=data.file_id).update(
        sha256=digest, erased_at=timezone.now(), erased_by="pia", erased_for=ErasedFor.REQUEST
    )
    done = client("assess", manifest)
    assert (done.returncode, "dataset.erased" in done.stderr) == (3, True), done.stderr


def test_a_dry_run_has_the_verdict_and_registers_nothing(client: Client, manifest: Path) -> None:
    done = client("assess", manifest, "--dry-run", "--json", "-")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["gate"]["outcome"] == "fail"
    assert "nothing was registered" in done.stderr
    assert not Service.objects.exists()


def test_mistakes_of_the_manifest_are_said_with_lines(client: Client, manifest: Path) -> None:
    changed(manifest, service={"tier": "huge"})
    done = client("assess", manifest)
    assert done.returncode == 3
    assert "shield.yaml:" in done.stderr
    assert "service.tier" in done.stderr


def test_a_missing_file_is_said_with_its_line(client: Client, manifest: Path) -> None:
    (manifest.parent / "test.csv").unlink()
    done = client("assess", manifest)
    assert (done.returncode, "data.test.path" in done.stderr) == (3, True)


def test_columns_that_are_not_there_exit_with_3(client: Client, manifest: Path) -> None:
    changed(manifest, data={"sensitive": ["gender"]})
    done = client("assess", manifest)
    assert (done.returncode, "data.sensitive" in done.stderr) == (3, True), done.stderr


def test_the_same_files_are_not_sent_twice(client: Client, manifest: Path) -> None:
    client("assess", manifest)
    assert "the server has it" in client("assess", manifest).stderr


def test_handing_in_only_says_that_it_is_no_verdict(client: Client, manifest: Path) -> None:
    done = client("assess", manifest, "--no-wait")
    assert (done.returncode, len(done.stdout.strip())) == (0, 36)
    assert "not that it passed" in done.stderr


def test_the_gate_of_a_registered_version(client: Client, manifest: Path) -> None:
    client("assess", manifest)
    done = client("gate", "credit", "1")
    assert (done.returncode, "gate FAILED" in done.stderr) == (1, True), done.stderr
    assert client("gate", "credit", "99").returncode == 3


def test_the_gate_of_a_version_is_that_of_today(client: Client, manifest: Path) -> None:
    client("assess", manifest)
    assert client("gate", "credit", "1").returncode == 1
    officer, approver = factories.user(role=Role.RISK_OFFICER), factories.user(role=Role.APPROVER)
    for finding in Finding.objects.all():
        terms = Terms("accept", "justified", "Known.", timezone.now() + timedelta(days=30))
        asked = acceptance_propose(finding=finding, terms=terms, actor=officer)
        acceptance_approve(acceptance=asked, note="Agreed.", actor=approver)
    done = client("gate", "credit", "1")
    assert "accepted until" in done.stderr
    assert "gate FAILED" not in done.stderr
    begun = timezone.now() - timedelta(days=40)
    Acceptance.objects.update(proposed_at=begun, expires_at=begun + timedelta(days=30))
    assert client("gate", "credit", "1").returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["assess"],
        ["assess", "nowhere.yaml"],
        ["assess", "shield.yaml", "--seed", "x"],
        ["fly"],
        ["assess", "shield.yaml", "--server", "ftp://example.org"],
        ["assess", "shield.yaml", "--server", "https://user:word@example.org"],
        ["assess", "shield.yaml", "--server", "http://shield.example.org"],
        ["assess", "shield.yaml", "--token-env", "NO_SUCH"],
        ["assess", "shield.yaml", "--server", "http://127.0.0.1:9", "--timeout", "2"],
        ["push", "nowhere.json"],
    ],
)
def test_whatever_is_no_verdict_exits_with_3(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "shield.yaml").write_text("shield: 1\n")
    env = {"SHIELD_TOKEN": "shield_x_secret", "SHIELD_SERVER": "http://127.0.0.1:9"}
    done = run_client(*arguments, env=env, folder=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_help_exits_with_0(tmp_path: Path) -> None:
    assert run_client("--help", env={}, folder=tmp_path).returncode == 0


def test_a_token_of_one_service_assesses_that_service_alone(client: Client, manifest: Path) -> None:
    client("assess", manifest)
    owner, known = User.objects.get(), Service.objects.get()
    token = token_create(
        user=owner, name="one", days=1, actor="t", scopes=["ci"], service_key=known.pk
    )[1]
    for arguments in (("assess", manifest), ("assess", manifest, "--dry-run")):
        done = client(*arguments, env={"SHIELD_TOKEN": token})
        assert (done.returncode, "gate FAILED" in done.stderr) == (1, True), done.stderr
    done = client("assess", changed(manifest, service={"id": "other"}), env={"SHIELD_TOKEN": token})
    assert (done.returncode, "service.not_yours" in done.stderr) == (3, True), done.stderr


def test_a_wrong_token_is_said(client: Client, manifest: Path) -> None:
    done = client("assess", manifest, env={"SHIELD_TOKEN": "shield_wrong_token"})
    assert (done.returncode, "token_invalid" in done.stderr) == (3, True)


def test_the_server_offers_the_file_with_its_digest(live_server: Any) -> None:
    with urllib.request.urlopen(f"{live_server.url}/client/shield_ci.py") as answer:  # noqa: S310
        text = answer.read()
    with urllib.request.urlopen(f"{live_server.url}/client/shield_ci.py.sha256") as answer:  # noqa: S310
        digest = answer.read().decode().split()[0]
    assert hashlib.sha256(text).hexdigest() == digest
    assert text.startswith(b"#!/usr/bin/env python3")
