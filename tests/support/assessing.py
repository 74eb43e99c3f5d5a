"""The main job as a person calls it: a folder with `shield.yaml`, the command, its exit and result."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.core.management import call_command


@dataclass(frozen=True)
class Assessed:
    """What `manage.py assess` answered: exit code, result version 1 (or None), and its two streams."""

    exit: int
    document: dict[str, Any] | None
    output: str
    errors: str

    def measurement(self, check: str, **slice_: str) -> dict[str, Any]:
        """The one measurement of a check on a slice."""
        assert self.document is not None, self.errors
        found = [
            m for m in self.document["measurements"] if m["check"] == check and m["slice"] == slice_
        ]
        assert len(found) == 1, f"{check} {slice_}: {len(found)} measurements"
        return found[0]

    def check(self, check: str) -> dict[str, Any]:
        """The record of one check."""
        assert self.document is not None, self.errors
        return next(c for c in self.document["checks"] if c["check"] == check)


def manifest(
    folder: Path,
    *,
    service: str = "credit",
    kind: str = "predictions",
    model: Mapping[str, Any] | None = None,
    data: Mapping[str, Any],
    **more: Any,
) -> Path:
    """Write `shield.yaml` into a folder that already has the files it names."""
    document = {
        "shield": 1,
        "service": {
            "id": service,
            "name": service.capitalize(),
            "owner": "owner@example.org",
            "purpose": "A test of the main job",
            "tier": "high",
        },
        "model": {"version": "1", "kind": kind, **(model or {})},
        "data": dict(data),
        **more,
    }
    path = folder / "shield.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def assess(path: Path, *arguments: str) -> Assessed:
    """Run `manage.py assess` in this process, with `--json` beside the manifest."""
    result = path.parent / "result.json"
    output, errors = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
        try:
            call_command("assess", str(path), "--json", str(result), *arguments)
        except SystemExit as stop:
            code = int(stop.code or 0)
    document = json.loads(result.read_text()) if result.exists() else None
    return Assessed(code, document, output.getvalue(), errors.getvalue())
