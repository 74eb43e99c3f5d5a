"""Result version 1: what `assess --json` writes and what every other output is made from.

A public contract (`schemas/result-v1.schema.json`): keys are only ever added. Everything here is
a function of the inputs, the policy and the seed, apart from the fields that `without_volatile`
removes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from shield.findings.identity import fingerprint
from shield.findings.models import Finding
from shield.findings.selectors import findings_of_run
from shield.findings.wording import finding_title
from shield.records.models import CheckRecord, MeasurementRecord, Run

VOLATILE: Final = frozenset({"run", "duration_s", "accepted_risks", "false_positives"})
VOLATILE_OF_FINDINGS: Final = frozenset({"id", "state"})

Document = dict[str, Any]


def result_document(run: Run) -> Document:
    """The run as result version 1: numbers unrounded, an infinite end of an interval as null."""
    checks = [
        (check, list(check.measurements.all()))
        for check in run.checks.prefetch_related("measurements").order_by("position")
    ]
    return document(run=run, checks=checks, findings=findings_of_run(run))


def document(
    *,
    run: Run,
    checks: Sequence[tuple[CheckRecord, Sequence[MeasurementRecord]]],
    findings: Iterable[Finding],
) -> Document:
    """The same from rows that need not be in the database: what a dry run measured."""
    return {
        "shield": 1,
        "service": run.service.slug,
        "version": run.version.label,
        "run": str(run.pk),
        "outcome": run.outcome,
        "pillars": run.pillars,
        "coverage": run.coverage,
        "measurements": [_measurement(check, item) for check, items in checks for item in items],
        "checks": [_check(check) for check, _ in checks],
        "gate": run.gate,
        "warnings": run.warnings,
        "findings": _findings(run, checks, findings),
        "reproducibility": run.reproducibility,
    }


def _measurement(check: CheckRecord, item: MeasurementRecord) -> Document:
    threshold = {
        key: limit
        for key, limit in (("min", item.threshold_min), ("max", item.threshold_max))
        if limit is not None
    }
    return {
        "check": check.check_id,
        "slice": item.slice,
        "value": item.value,
        "interval": None if item.low is None and item.high is None else [item.low, item.high],
        "confidence": item.confidence,
        "simultaneous": item.simultaneous,
        "n": item.n,
        "unit": item.unit,
        "reference": item.reference,
        "null_gap": item.null_gap,
        "threshold": threshold or None,
        "outcome": item.outcome,
        "n_to_decide": item.n_to_decide,
        "severity": item.severity,
        "sentence": item.sentence,
        "reason": item.reason,
        "method": item.method,
        "seed": item.seed,
    }


def _check(check: CheckRecord) -> Document:
    return {
        "check": check.check_id,
        "version": check.check_version,
        "outcome": check.outcome,
        "parameters": check.parameters,
        "duration_s": check.duration_s,
        "reason": check.reason,
    }


def _findings(
    run: Run,
    checks: Sequence[tuple[CheckRecord, Sequence[MeasurementRecord]]],
    findings: Iterable[Finding],
) -> list[Document]:
    """The failed measurements as findings, in the order of the measurements.

    Severity and title are those of this run; what people changed later stays in the register.
    """
    known = {finding.fingerprint: finding for finding in findings}
    return [
        _finding(check, item, known[identity])
        for check, items in checks
        for item in items
        if (identity := _identity(run, check, item)) in known
    ]


def _identity(run: Run, check: CheckRecord, item: MeasurementRecord) -> str:
    return fingerprint(
        service=run.service.slug,
        check=check.check_id,
        version=check.check_version,
        slice=item.slice,
    )


def _finding(check: CheckRecord, item: MeasurementRecord, finding: Finding) -> Document:
    return {
        "id": finding.label,
        "fingerprint": finding.fingerprint,
        "check": check.check_id,
        "slice": item.slice,
        "severity": item.severity or finding.policy_severity,
        "state": finding.state,
        "title": finding_title(check.title, item.slice),
    }


def to_bytes(document: Mapping[str, Any]) -> bytes:
    """The canonical file form: UTF-8, sorted keys, two spaces, one newline at the end, no NaN."""
    text = json.dumps(document, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def without_volatile(document: Document) -> Document:
    """The document without the fields that may differ between two equal assessments."""
    stripped = {
        key: _strip(value)
        for key, value in document.items()
        if key not in VOLATILE and key != "findings"
    }
    stripped["findings"] = [_without(each, VOLATILE_OF_FINDINGS) for each in document["findings"]]
    return stripped


def _strip(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _strip(inner) for key, inner in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [_strip(inner) for inner in value]
    return value


def _without(item: Mapping[str, Any], fields: frozenset[str]) -> Document:
    return {key: value for key, value in item.items() if key not in fields}


@cache
def schema() -> Document:
    """The published JSON Schema (Draft 2020-12) of result version 1."""
    path = files("shield.reports") / "schemas" / "result-v1.schema.json"
    return json.loads(path.read_text(encoding="utf-8"))
