"""The result as SARIF 2.1.0 (OASIS), for code-scanning pages and editors.

Failed measurements are results of level error, warning or note by severity; inconclusive ones are
notes. Checks that were skipped or broke are notifications of the invocation, so that they are seen
without posing as defects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from shield.findings.identity import fingerprint
from shield.findings.wording import finding_title
from shield.reports.definitions import DEFINITIONS

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS: Final = {
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "note",
    "info": "note",
}
RANKS: Final = {"critical": 100.0, "high": 80.0, "medium": 50.0, "low": 20.0, "info": 5.0}

Json = dict[str, Any]


def render(document: Mapping[str, Any], *, manifest: str = "shield.yaml") -> bytes:
    """SARIF of a result document; `manifest` is the path that results point at, in the repository."""
    checks = document["checks"]
    index = {check["check"]: position for position, check in enumerate(checks)}
    run = {
        "tool": {"driver": _driver(document)},
        "automationDetails": {"id": f"shield/{document['service']}/{document['version']}"},
        "invocations": [_invocation(document)],
        "artifacts": [{"location": _artifact(manifest)}],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(document, item, checks[index[item["check"]]], index, manifest)
            for item in document["measurements"]
            if item["outcome"] in ("fail", "inconclusive")
        ],
        "properties": {
            "outcome": document["outcome"],
            "gate": document["gate"],
            "coverage": document["coverage"],
            "reproducibility": document["reproducibility"],
        },
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(log, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _driver(document: Mapping[str, Any]) -> Json:
    driver: Json = {
        "name": "Shield",
        "rules": [_rule(check) for check in document["checks"]],
    }
    version = document["reproducibility"].get("packages", {}).get("shield")
    return driver | ({"version": version} if version else {})


def _rule(check: Mapping[str, Any]) -> Json:
    known = DEFINITIONS.get(check["check"])
    title = known.title if known else check["check"]
    return {
        "id": check["check"],
        "name": "".join(word.capitalize() for word in check["check"].replace(".", "_").split("_")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": known.summary if known else title},
        "help": {"text": known.description if known else title},
        "properties": {
            "tags": [check["check"].split(".", 1)[0]],
            "version": check["version"],
            "parameters": check["parameters"],
        },
    }


def _invocation(document: Mapping[str, Any]) -> Json:
    notifications = [
        {
            "level": "error" if check["outcome"] == "error" else "note",
            "message": {
                "text": f"{check['check']} {words}: {check['reason'] or 'no reason given'}"
            },
            "associatedRule": {"id": check["check"], "index": position},
        }
        for position, check in enumerate(document["checks"])
        if (words := {"error": "broke", "skipped": "was skipped"}.get(check["outcome"]))
    ]
    return {
        "executionSuccessful": document["gate"]["outcome"] != "error",
        "exitCode": document["gate"]["exit"],
        "toolExecutionNotifications": notifications,
    }


def _result(
    document: Mapping[str, Any],
    item: Mapping[str, Any],
    check: Mapping[str, Any],
    index: Mapping[str, int],
    manifest: str,
) -> Json:
    identity = fingerprint(
        service=document["service"],
        check=item["check"],
        version=check["version"],
        slice=item["slice"],
    )
    failed = item["outcome"] == "fail"
    severity = item["severity"] or "high"
    result: Json = {
        "ruleId": item["check"],
        "ruleIndex": index[item["check"]],
        "level": LEVELS[severity] if failed else "note",
        "message": {"text": item["sentence"] or _title(item)},
        "locations": [_location(document, item, manifest)],
        "partialFingerprints": {"shieldFinding/v1": identity},
        "rank": RANKS[severity] if failed else 0.0,
        "properties": {
            key: item[key]
            for key in (
                "outcome", "severity", "slice", "value", "interval", "confidence", "n", "unit",
                "threshold", "reference", "n_to_decide", "null_gap", "method",
            )
        },
    }  # fmt: skip
    justification = _justification(document["gate"], identity) if failed else ""
    if justification:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": justification}
        ]
    return result


def _justification(gate: Mapping[str, Any], identity: str) -> str:
    """Why the gate does not count this failure; "" when it does."""
    for each in gate.get("false_positives", ()):
        if each["fingerprint"] == identity:
            return (
                f"{each['finding']}: false positive, confirmed by {each['confirmed_by']}."
                f" {each['reason']}"
            )
    if identity not in gate["accepted"]:
        return ""
    for risk in gate.get("accepted_risks", ()):
        if risk["fingerprint"] == identity:
            return (
                f"{risk['finding']}: risk accepted by {risk['approver']} until"
                f" {risk['expires_at']}. {risk['reason']}"
            )
    return "An active risk acceptance covers this finding."


def _title(item: Mapping[str, Any]) -> str:
    known = DEFINITIONS.get(item["check"])
    return finding_title(known.title if known else item["check"], item["slice"])


def _location(document: Mapping[str, Any], item: Mapping[str, Any], manifest: str) -> Json:
    name = ", ".join(f"{column}={group}" for column, group in sorted(item["slice"].items()))
    return {
        # A result needs a place in the repository; the manifest is what a person can change there.
        "physicalLocation": {
            "artifactLocation": _artifact(manifest) | {"index": 0},
            "region": {"startLine": 1},
        },
        "logicalLocations": [
            {
                "fullyQualifiedName": "/".join(
                    part for part in (document["service"], item["check"], name) if part
                ),
                "kind": "module",
            }
        ],
    }


def _artifact(manifest: str) -> Json:
    return {"uri": manifest, "uriBaseId": "%SRCROOT%"}
