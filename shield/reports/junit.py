"""The result as JUnit XML, in the form that Jenkins, GitLab and GitHub read.

One suite per pillar, one case per judged or unmeasured slice. JUnit has no word for "inconclusive",
"accepted" or "false positive": such a case is `skipped` with its reason, because it neither passed nor counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from xml.etree import ElementTree as ET

from shield.findings.identity import fingerprint
from shield.findings.wording import slice_text

# Characters that XML 1.0 cannot carry; labels come from data, so they may hold anything.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Item = Mapping[str, Any]


def render(document: Mapping[str, Any]) -> bytes:
    """JUnit XML of a result document."""
    root = ET.Element("testsuites", name=_text(f"shield {document['service']}"))
    pillars = dict.fromkeys(_pillar(check) for check in document["checks"])
    for position, pillar in enumerate(pillars):
        checks = [check for check in document["checks"] if _pillar(check) == pillar]
        root.append(_suite(document, pillar, position, checks))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _suite(
    document: Mapping[str, Any], pillar: str, position: int, checks: Iterable[Item]
) -> ET.Element:
    suite = ET.Element("testsuite", name=_text(pillar), id=str(position), package="shield")
    properties = ET.SubElement(suite, "properties")
    gate = document["gate"]["outcome"]
    for name, value in (
        ("service", document["service"]),
        ("version", document["version"]),
        ("run", document["run"]),
        ("gate", gate),
        ("seed", document["reproducibility"].get("seed")),
    ):
        ET.SubElement(properties, "property", name=name, value=_text(str(value)))
    total = 0.0
    for check in checks:
        total += check["duration_s"] or 0.0
        suite.extend(_cases(document, check))
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("errors", str(sum(case.find("error") is not None for case in cases)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    suite.set("time", f"{total:.3f}")
    return suite


def _cases(document: Mapping[str, Any], check: Item) -> list[ET.Element]:
    items = [item for item in document["measurements"] if item["check"] == check["check"]]
    judged = [item for item in items if item["outcome"] is not None]
    if not judged:
        return [_whole(check, len(items))]
    # The time of a check is that of its first case: the schema has no time for a group of cases.
    times = [check["duration_s"] or 0.0] + [0.0] * (len(judged) - 1)
    return [
        _case(check, item, time, _covered(document, check, item))
        for item, time in zip(judged, times, strict=True)
    ]


def _covered(document: Mapping[str, Any], check: Item, item: Item) -> str:
    """Who accepted this failure until when, or called it none; "" for one that nobody did."""
    gate = document["gate"]
    if item["outcome"] != "fail" or not (gate.get("accepted") or gate.get("false_positives")):
        return ""
    identity = fingerprint(
        service=document["service"],
        check=check["check"],
        version=check["version"],
        slice=item["slice"],
    )
    for each in gate.get("false_positives", ()):
        if each["fingerprint"] == identity:
            return (
                f"False positive {each['finding']}, confirmed by {each['confirmed_by']}:"
                f" {each['reason']}"
            )
    if identity not in gate["accepted"]:
        return ""
    for risk in gate.get("accepted_risks", ()):
        if risk["fingerprint"] == identity:
            return (
                f"Accepted risk {risk['finding']}, until {risk['expires_at']},"
                f" by {risk['approver']}: {risk['reason']}"
            )
    return "Accepted risk"


def _whole(check: Item, measured: int) -> ET.Element:
    """A check without a judged slice: in error, skipped, or descriptive only."""
    case = _bare(check, "everything", check["duration_s"] or 0.0)
    if check["outcome"] == "error":
        _child(case, "error", check["reason"] or "no reason given", "error")
    elif check["outcome"] == "skipped" or measured == 0:
        ET.SubElement(case, "skipped").text = _text(check["reason"] or "nothing was measured")
    else:
        words = f"{measured} descriptive measurements; no policy sets a threshold for them"
        ET.SubElement(case, "system-out").text = words
    return case


def _case(check: Item, item: Item, time: float, accepted: str) -> ET.Element:
    case = _bare(check, slice_text(item["slice"]), time)
    sentence = item["sentence"] or item["reason"] or ""
    if accepted:  # the gate does not count it, so it must not turn the build red here either
        ET.SubElement(case, "skipped").text = _text(f"{accepted}. {sentence}")
    elif item["outcome"] == "fail":
        _child(case, "failure", sentence, item["severity"] or "fail")
    elif item["outcome"] == "error":
        _child(case, "error", item["reason"] or sentence, "error")
    elif item["outcome"] == "inconclusive":
        ET.SubElement(case, "skipped").text = _text(sentence or "inconclusive")
    elif item["outcome"] == "skipped":
        ET.SubElement(case, "skipped").text = _text(item["reason"] or sentence or "skipped")
    else:
        ET.SubElement(case, "system-out").text = _text(sentence)
    return case


def _bare(check: Item, name: str, time: float) -> ET.Element:
    return ET.Element(
        "testcase", name=_text(name), classname=_text(check["check"]), time=f"{time:.3f}"
    )


def _child(case: ET.Element, tag: str, words: str, kind: str) -> None:
    child = ET.SubElement(case, tag, type=kind, message=_text(words))
    child.text = _text(words)


def _pillar(check: Item) -> str:
    return str(check["check"]).split(".", 1)[0]


def _text(words: str) -> str:
    return _NOT_XML.sub("\ufffd", words)
