from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shield.reports import junit
from tests.support import schemas


def _validate(data: bytes):
    root = etree.fromstring(data)
    schemas.junit().assertValid(root)
    return root


@pytest.fixture
def root(document):
    return _validate(junit.render(document))


def test_it_obeys_the_schema(root):
    assert root.tag == "testsuites"


def test_the_schema_would_notice_a_mistake(document):
    root = etree.fromstring(junit.render(document))
    del root[0].attrib["name"]
    assert not schemas.junit().validate(root)


def test_one_suite_a_pillar(root):
    assert [suite.get("name") for suite in root] == ["fairness", "performance"]


def test_failures_are_the_failed_slices(root, document):
    failed = [item for item in document["measurements"] if item["outcome"] == "fail"]
    cases = [case for case in root.iter("testcase") if case.find("failure") is not None]
    assert len(cases) == len(failed) == int(root.get("failures"))
    assert cases[0].get("classname") == failed[0]["check"]
    assert cases[0].get("name") == "race = black"
    assert cases[0].find("failure").get("message") == failed[0]["sentence"]
    assert cases[0].find("failure").get("type") == "high"


def test_inconclusive_is_neither_passed_nor_failed(root, document):
    number = sum(item["outcome"] == "inconclusive" for item in document["measurements"])
    words = [case.findtext("skipped") or "" for case in root.iter("testcase")]
    assert sum("Inconclusive" in each for each in words) == number > 0


def test_a_skipped_check_says_why(root):
    words = [case.findtext("skipped") or "" for case in root.iter("testcase")]
    assert "the data has no column with the true outcome" in words


def test_a_broken_check_is_an_error(document):
    check = document["checks"][-1]
    check |= {"outcome": "error", "reason": "division by zero"}
    document["measurements"] = [
        item for item in document["measurements"] if item["check"] != check["check"]
    ]
    root = _validate(junit.render(document))
    assert root.get("errors") == "1"
    assert root.find(".//error").text == "division by zero"


def test_a_descriptive_check_passes_and_says_so(root):
    (case,) = [each for each in root.iter("testcase") if each.get("name") == "everything"]
    assert case.findtext("system-out").startswith("3 descriptive measurements")


def test_counts_add_up(root):
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("skipped")) == sum(c.find("skipped") is not None for c in cases)
    assert int(root.get("tests")) == len(list(root.iter("testcase")))


@given(label=st.text(max_size=30))
def test_any_label_gives_valid_xml(label):
    _validate(junit.render(_tiny(label)))


def _tiny(label: str) -> dict:
    item = {
        "check": "fairness.auc_gap", "slice": {"race": label}, "outcome": "fail",
        "sentence": f"{label} fails.", "reason": None, "severity": "high",
    }  # fmt: skip
    return {
        "service": "s", "version": label, "run": "r", "gate": {"outcome": "fail"},
        "pillars": {"fairness": "fail"}, "reproducibility": {"seed": 0}, "measurements": [item],
        "checks": [{"check": "fairness.auc_gap", "outcome": "fail", "duration_s": 0.1,
                    "reason": None}],
    }  # fmt: skip
