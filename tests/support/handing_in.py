"""A pipeline's part, played by the test client: uploads, submissions, and a worker that does the rest."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

import yaml
from django.test import Client

from assessments.models import Submission, SubmissionFile
from assessments.services import run_execute
from assessments.submissions import submission_work
from shield.accounts.models import User
from shield.records.models import Run

API = "/api/v1"


def client(user: User) -> Client:
    """Signed in."""
    made = Client()
    made.force_login(user)
    return made


def upload(sender: Client, content: bytes) -> str:
    """The id of a complete upload."""
    facts = {"name": "x", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    started = sender.post(f"{API}/uploads/", facts, content_type="application/json").json()
    if started["state"] == "receiving":
        sent = sender.patch(
            f"{API}/uploads/{started['id']}/",
            content,
            content_type="application/offset+octet-stream",
            headers={"Upload-Offset": "0"},
        )
        assert sent.json()["state"] == "complete", sent.content
    return str(started["id"])


def hand_in(sender: Client, manifest: Path, **more: Any) -> Any:
    """The answer to handing in a folder: its `shield.yaml` and every file beside it."""
    files = {
        path.name: upload(sender, path.read_bytes())
        for path in manifest.parent.iterdir()
        if path != manifest and path.is_file()
    }
    body = {"manifest": manifest.read_text(), "files": files} | more
    return sender.post(f"{API}/assessments/", body, content_type="application/json")


def work(submission: str | None = None) -> Submission:
    """What the workers do with a submission (the newest): register, then execute its run."""
    row = (
        Submission.objects.get(pk=submission)
        if submission
        else Submission.objects.latest("created_at")
    )
    submission_work(submission_id=row.pk, worker=f"test:{uuid.uuid4()}")
    row = Submission.objects.select_related("run").get(pk=row.pk)
    if row.run is not None:
        run_execute(run_id=row.run.pk, worker=f"test:{uuid.uuid4()}")
        row = Submission.objects.select_related("run").get(pk=row.pk)
    return row


def changed(manifest: Path, **sections: dict[str, Any]) -> Path:
    """The manifest with some keys of its sections set."""
    document = yaml.safe_load(manifest.read_text())
    for section, values in sections.items():
        document[section] = {**document.get(section, {}), **values}
    manifest.write_text(yaml.safe_dump(document, sort_keys=False))
    return manifest


def handed_in(owner: User, run: Run, text: str) -> None:
    """A submission of each kind and end, with `text` wherever a pipeline can put one."""
    service = run.service
    said = {"commit": text[:100], "branch": text, "job_url": "https://ci.example.org/1"}
    facts: dict[str, Any] = {
        "owner": owner, "unit": service.unit, "service_slug": service.slug, "manifest": text,
        "source": said,
    }  # fmt: skip
    gate = {"outcome": "fail", "exit": 1, "fail_on": "high", "accepted": [], "accepted_risks": []}
    measured = {
        "check": "fairness.x",
        "outcome": "fail",
        "severity": "high",
        "sentence": text,
        "reason": "",
    }
    result = {
        "gate": gate,
        "coverage": {"planned": 3, "measured": 2, "skipped": 1, "error": 0},
        "warnings": [{"code": "dry_run", "message": text}],
        "measurements": [measured, {**measured, "outcome": "inconclusive"}],
    }
    problem = {"file": "shield.yaml", "line": 3, "key": text, "expected": text, "fix": text}
    errors = {"problems": [problem]}
    wrong = {"code": "manifest.invalid", "message": text, "hint": "", "errors": errors}
    bug = {"code": "submission.bug", "message": text, "hint": text}
    ends: dict[str, dict[str, Any]] = {
        "real": {"run": run, "state": "running"},
        "dry": {"dry_run": True, "state": "finished", "result": result},
        "wrong": {"state": "failed", "error": wrong},
        "broken": {"state": "errored", "error": bug},
        "waiting": {},
    }
    for label, more in ends.items():
        row = Submission.objects.create(**{**facts, "version_label": label, **more})
        file = run.datasets.get().file
        SubmissionFile.objects.create(submission=row, path=text[:200], file=file)
