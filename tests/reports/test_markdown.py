"""Markdown for comments of forges: it says the verdict, and names in it do nothing."""

from __future__ import annotations

import copy

import pytest

from shield.reports import markdown
from shield.reports.result import result_document
from tests import factories

pytestmark = pytest.mark.django_db
HOSTILE = [
    "@everyone", "#1", "`; rm", "<img src=x onerror=alert(1)>", "![x](https://evil.example/p.png)",
    "[click](javascript:alert(1))", "a|b|c", "line\nbreak", "\u202etxt.exe", "https://evil.example",
    "**bold** _x_ ~~y~~", "<!-- -->", "</details>", "closes #7", "$\\sum$", "a\x1b[31mb",
]  # fmt: skip


def test_it_says_gate_failures_and_where_to_look() -> None:
    text = markdown.render(
        result_document(factories.run()), url="https://s.example/runs/1/"
    ).decode()
    assert text.startswith("### Gate ❌ failed: `mortgage-approval`, version `2026.11`")
    assert "(https://s.example/runs/1/)" in text
    assert "`fairness.selection_rate_ratio`" in text


@pytest.mark.parametrize("name", HOSTILE)
def test_names_do_nothing(name: str) -> None:
    document = copy.deepcopy(result_document(factories.run()))
    document["service"] = name
    for item in document["measurements"]:
        item["slice"] = {name: name}
    document["warnings"] = [{"code": "x", "message": name}]
    document["checks"][0] |= {"outcome": "skipped", "reason": name}
    text = markdown.render(document).decode()
    spans = text.replace("\\`", "").split("`")
    outside = "".join(part for index, part in enumerate(spans) if index % 2 == 0)
    for live in (
        "@everyone",
        "<img",
        "](http",
        "](java",
        "<!--",
        "closes #7",
        "://evil",
        "\x1b",
        "\u202e",
    ):
        assert live not in outside
    assert outside.count("</details>") == outside.count("<details>")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert {row.count("|") for row in rows} <= {9}


def test_accepted_risks_are_listed_with_their_end() -> None:
    document = copy.deepcopy(result_document(factories.run()))
    document["gate"] |= {
        "accepted": ["0" * 64],
        "accepted_risks": [
            {"finding": "FND-1", "fingerprint": "0" * 64, "expires_at": "2027-01-31T00:00:00Z",
             "approver": "ana", "reason": "Other controls: watched"}
        ],
    }  # fmt: skip
    text = markdown.render(document).decode()
    assert "Accepted risks (1)" in text
    assert "2027\\-01\\-31, approved by `ana`" in text


def test_it_fits_into_a_comment() -> None:
    document = copy.deepcopy(result_document(factories.run()))
    document["warnings"] = [{"code": "x", "message": "long " * 3000}] * 20
    assert len(markdown.render(document).decode()) < 65_536
