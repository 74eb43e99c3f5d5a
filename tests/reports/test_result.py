from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from shield.evidence.measurement import Interval
from shield.evidence.outcome import Outcome
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.findings.services import findings_update
from shield.reports.result import result_document, schema, to_bytes, without_volatile
from tests import factories
from tests import sample_measurements as sample

KEYS = {
    "": ["checks", "coverage", "findings", "gate", "measurements", "outcome", "pillars",
         "reproducibility", "run", "service", "shield", "version", "warnings"],
    "measurements": ["check", "confidence", "interval", "method", "n", "n_to_decide", "null_gap",
                     "outcome", "reason", "reference", "seed", "sentence", "severity",
                     "simultaneous", "slice", "threshold", "unit", "value"],
    "checks": ["check", "duration_s", "outcome", "parameters", "reason", "version"],
    "findings": ["check", "fingerprint", "id", "severity", "slice", "state", "title"],
}  # fmt: skip


@pytest.fixture
def validator():
    return jsonschema.Draft202012Validator(
        schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def test_the_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_document_obeys_the_schema(document, validator):
    validator.validate(json.loads(to_bytes(document)))


def test_the_contract_holds_exactly_these_keys(document):
    assert sorted(document) == KEYS[""]
    for name in ("measurements", "checks", "findings"):
        assert document[name], name
        assert all(sorted(item) == KEYS[name] for item in document[name]), name


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (["shield"], 2),
        (["outcome"], "failed"),
        (["outcome"], True),
        (["coverage", "planned"], -1),
        (["measurements", 0, "interval"], [0.1]),
        (["measurements", 0, "confidence"], 95),
        (["measurements", 0, "n"], 1.5),
        (["measurements", 0, "slice"], {"race": 1}),
        (["measurements", 3, "threshold"], {}),
        (["gate", "exit"], 4),
        (["findings", 0, "fingerprint"], "FND-1"),
        (["findings", 0, "state"], "new"),
        (["surprise"], 1),
        (["measurements", 0, "surprise"], 1),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_say(document, validator, path, wrong):
    document = json.loads(to_bytes(document))
    target = document
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = wrong
    assert not validator.is_valid(document)


@pytest.mark.parametrize("name", ["measurements", "checks", "gate", "findings", "reproducibility"])
def test_the_schema_misses_no_part(document, validator, name):
    del document[name]
    assert not validator.is_valid(document)


def test_numbers_are_not_rounded(db):
    value = 0.1 + 0.2
    item = sample.measured("performance.auc", value, 0.123456789012345678, 0.9, slice={}, n=10)
    document = json.loads(to_bytes(result_document(factories.run(None, [item]))))
    assert document["measurements"][0]["value"] == value
    assert document["measurements"][0]["interval"] == [0.123456789012345678, 0.9]


def test_an_infinite_end_is_null(db, validator):
    item = sample.loan_measurements()[3]
    run = factories.run(None, [item])
    run.checks.get().measurements.update(high=None)
    document = json.loads(to_bytes(result_document(run)))
    assert document["measurements"][0]["interval"] == [item.interval.low, None]
    validator.validate(document)


def test_an_unmeasured_value_says_why(document):
    item = next(each for each in document["measurements"] if each["outcome"] == "skipped")
    assert (item["value"], item["interval"]) == (None, None)
    assert item["reason"] == "the data has no column with the true outcome"


def test_order_is_that_of_the_plan(document):
    checks = [each["check"] for each in document["checks"]]
    assert checks == list(dict.fromkeys(each["check"] for each in document["measurements"]))


def test_findings_are_the_failed_measurements(document):
    failed = [each["slice"] for each in document["measurements"] if each["outcome"] == "fail"]
    assert [each["slice"] for each in document["findings"]] == failed
    assert document["findings"][0]["id"].startswith("FND-")


def test_only_volatile_fields_differ_between_two_equal_assessments(document, run):
    again = factories.run(run.version, sample.loan_measurements())
    again.checks.update(duration_s=9.9)
    again.reproducibility["duration_s"] = 77.0
    again.save()
    findings_update(run=again)
    Finding.objects.update(state=FindingState.IN_PROGRESS)
    other = result_document(again)
    assert to_bytes(other) != to_bytes(document)
    assert to_bytes(without_volatile(other)) == to_bytes(without_volatile(document))


def test_a_changed_number_is_not_volatile(document, run):
    items = sample.loan_measurements()
    items[0] = replace(items[0], value=0.9, interval=Interval(0.8, 0.95))
    other = factories.run(run.version, items)
    findings_update(run=other)
    assert without_volatile(result_document(other)) != without_volatile(document)


def test_a_persons_override_does_not_change_the_document(document, run):
    Finding.objects.update(severity="low", title="renamed")
    assert result_document(run)["findings"] == document["findings"]


def test_bytes_are_canonical_and_end_with_a_newline(document):
    data = to_bytes(document)
    assert data.endswith(b"}\n")
    assert data == to_bytes(json.loads(data))


def test_queries_do_not_grow_with_the_measurements(db, django_assert_max_num_queries):
    fail = next(i for i in sample.loan_measurements() if i.outcome is Outcome.FAIL)
    run = factories.run(None, [replace(fail, slice={"branch": str(n)}) for n in range(50)])
    findings_update(run=run)
    with django_assert_max_num_queries(6):
        assert len(result_document(run)["findings"]) == 50
