from __future__ import annotations

import json

import jsonschema
import pytest

from shield.reports import sarif
from shield.reports.definitions import DEFINITIONS, Definition, Definitions
from tests.support import schemas


@pytest.fixture
def log(document):
    return json.loads(sarif.render(document))


def _validate(log):
    kind = jsonschema.validators.validator_for(schemas.sarif())
    kind(schemas.sarif(), format_checker=kind.FORMAT_CHECKER).validate(log)


def test_it_obeys_the_published_schema(log):
    _validate(log)


def test_the_schema_would_notice_a_mistake(log):
    log["runs"][0]["results"][0]["level"] = "severe"
    with pytest.raises(jsonschema.ValidationError):
        _validate(log)


def test_results_are_the_failed_and_the_inconclusive(log, document):
    expected = [
        (item["check"], item["outcome"])
        for item in document["measurements"]
        if item["outcome"] in ("fail", "inconclusive")
    ]
    results = log["runs"][0]["results"]
    assert [(each["ruleId"], each["properties"]["outcome"]) for each in results] == expected


def test_levels_follow_severity_and_the_inconclusive_are_notes(log):
    levels = {
        (each["properties"]["outcome"], each["properties"]["severity"], each["level"])
        for each in log["runs"][0]["results"]
    }
    assert levels == {("fail", "high", "error"), ("inconclusive", "high", "note")}


def test_every_result_names_its_rule_and_the_manifest(log):
    run = log["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert (place["uri"], place["uriBaseId"]) == ("shield.yaml", "%SRCROOT%")


def test_fingerprints_are_those_of_the_findings(log, document):
    failed = {
        each["partialFingerprints"]["shieldFinding/v1"]
        for each in log["runs"][0]["results"]
        if each["properties"]["outcome"] == "fail"
    }
    assert failed == {finding["fingerprint"] for finding in document["findings"]}


def test_the_message_is_the_plain_sentence(log, document):
    sentences = {item["sentence"] for item in document["measurements"]}
    assert all(each["message"]["text"] in sentences for each in log["runs"][0]["results"])


def test_an_accepted_failure_is_suppressed_and_nothing_else(document):
    document["gate"]["accepted"] = [document["findings"][0]["fingerprint"]]
    log = json.loads(sarif.render(document))
    _validate(log)
    suppressed = [each for each in log["runs"][0]["results"] if "suppressions" in each]
    assert [each["partialFingerprints"]["shieldFinding/v1"] for each in suppressed] == document[
        "gate"
    ]["accepted"]
    assert suppressed[0]["suppressions"][0]["status"] == "accepted"


def test_skipped_checks_are_notifications_not_results(log):
    (notification,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notification["level"] == "note"
    assert "was skipped: the data has no column" in notification["message"]["text"]


def test_a_broken_check_is_an_error_notification(document):
    document["checks"][0] |= {"outcome": "error", "reason": "division by zero"}
    log = json.loads(sarif.render(document))
    _validate(log)
    assert log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["level"] == "error"


def test_rules_carry_the_documentation_of_the_checks(document, monkeypatch):
    check = document["checks"][0]["check"]
    known = Definitions()
    known.provide(lambda: [Definition(check, "1", "The title", "First line.\n\nThe rest.")])
    monkeypatch.setattr(sarif, "DEFINITIONS", known)
    rule = json.loads(sarif.render(document))["runs"][0]["tool"]["driver"]["rules"][0]
    assert rule["shortDescription"]["text"] == "The title"
    assert rule["fullDescription"]["text"] == "First line."
    assert rule["help"]["text"] == "First line.\n\nThe rest."


def test_a_check_that_is_gone_still_has_a_rule():
    assert DEFINITIONS.get("fairness.no_such_check") is None


def test_the_manifest_may_lie_elsewhere(document):
    log = json.loads(sarif.render(document, manifest="models/credit/shield.yaml"))
    _validate(log)
    assert log["runs"][0]["artifacts"][0]["location"]["uri"] == "models/credit/shield.yaml"
