"""Dry runs: everything is computed, and nothing is there afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from jsonschema import Draft202012Validator

from assessments.services import register, run_execute, run_start
from shield.findings.models import Finding
from shield.records.models import Run
from shield.registry.models import Dataset, Service, Version
from shield.reports.result import result_document, schema, without_volatile
from tests import factories
from tests.support.handing_in import API, changed, hand_in, work

pytestmark = pytest.mark.django_db


def shown(sender: Client, submission: str, query: str = "") -> Any:
    answer = sender.get(f"{API}/assessments/{submission}/{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


class TestDryRun:
    """Everything is computed; nothing stays."""

    def test_nothing_is_registered_and_the_verdict_is_the_same(
        self, sender: Client, manifest: Path
    ) -> None:
        submission = hand_in(sender, manifest, dry_run=True, seed=5).json()["id"]
        work()
        for model in (Service, Version, Dataset, Run, Finding):
            assert not model.objects.exists()
        done = shown(sender, submission)
        assert (done["state"], done["exit_code"], done["run"]) == ("finished", 1, None)
        dry = sender.get(f"{API}/assessments/{submission}/result").json()
        Draft202012Validator(schema()).validate(dry)
        assert dry["warnings"][0]["code"] == "dry_run"

        version = register(manifest_path=manifest, actor="test")
        run = run_start(version=version, actor="test", seed=5, enqueue=False)
        real = result_document(run_execute(run_id=run.pk, worker="test"))
        for document in (dry, real):
            document["findings"] = []
            document["warnings"] = [w for w in document["warnings"] if w["code"] != "dry_run"]
        assert without_volatile(dry) == json.loads(json.dumps(without_volatile(real)))

    def test_a_known_service_keeps_its_findings_untouched(
        self, sender: Client, manifest: Path
    ) -> None:
        hand_in(sender, manifest)
        work()
        before = list(Finding.objects.order_by("pk").values())
        table = manifest.parent / "test.csv"
        table.write_text(table.read_text() + "white,1\n" * 50)
        changed(manifest, model={"version": "2"})
        submission = hand_in(sender, manifest, dry_run=True).json()["id"]
        work()
        assert list(Finding.objects.order_by("pk").values()) == before
        assert Version.objects.count() == 1
        dry = sender.get(f"{API}/assessments/{submission}/result").json()
        assert {each["id"] for each in dry["findings"]} <= {
            each.label for each in Finding.objects.all()
        }

    def test_a_label_that_names_other_bytes_is_said(self, sender: Client, manifest: Path) -> None:
        hand_in(sender, manifest)
        work()
        table = manifest.parent / "test.csv"
        table.write_text(table.read_text() + "white,1\n")
        hand_in(sender, manifest, dry_run=True)
        assert work().error["code"] == "version.other_bytes"

    def test_a_retired_service_is_said(self, sender: Client, manifest: Path) -> None:
        factories.service("credit", retired_at=timezone.now())
        hand_in(sender, manifest, dry_run=True)
        assert work().error["code"] == "service.retired"
