"""What two people called none is named as that, and turns no build red, in every form of the result."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import jsonschema
import pytest

from shield.management.console import verdict_text
from shield.reports import junit, markdown, sarif
from shield.reports.result import Document, schema, without_volatile

pytestmark = pytest.mark.django_db
NAMED = "Labels of branch 7 are swapped"


@pytest.fixture
def called_none(document: Document) -> Document:
    finding = document["findings"][0]
    document["gate"]["false_positives"] = [
        {
            "finding": finding["id"],
            "fingerprint": finding["fingerprint"],
            "confirmed_at": "2026-11-20T12:00:00Z",
            "confirmed_by": "olga",
            "reason": NAMED,
        }
    ]
    return document


def test_the_document_is_a_result_and_equal_to_one_before(called_none: Document) -> None:
    jsonschema.validate(called_none, schema())
    assert "false_positives" not in without_volatile(called_none)["gate"]


def test_sarif_suppresses_it_and_says_why(called_none: Document) -> None:
    results = json.loads(sarif.render(called_none))["runs"][0]["results"]
    (told,) = [each["suppressions"][0] for each in results if "suppressions" in each]
    assert told["justification"].endswith(f"false positive, confirmed by olga. {NAMED}")


def test_junit_skips_it(called_none: Document) -> None:
    root = ET.fromstring(junit.render(called_none))  # noqa: S314
    told = [each.text for each in root.iter("skipped") if NAMED in (each.text or "")]
    assert len(told) == 1
    assert told[0].startswith(f"False positive {called_none['findings'][0]['id']}")


def test_markdown_and_the_console_list_it(called_none: Document) -> None:
    text = markdown.render(called_none).decode()
    assert "**False positives (1)**" in text
    assert "is a false positive, confirmed by olga" in " ".join(verdict_text(called_none).split())
