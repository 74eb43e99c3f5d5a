"""The verdict as a person reads it in a terminal, 80 columns wide, from the result document.

One block a check, the check that a reader asks about first on top; a list that has no end in sight
is cut and says how much more there is.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shield.evidence.measurement import ALL_GROUPS, Threshold
from shield.evidence.outcome import Severity
from shield.evidence.sentence import limit_text, number
from shield.findings.wording import slice_text
from shield.risk.defaults import importance

WIDTH = 80
SLICES = 5
"""Failed slices that a check shows before it says how many more there are."""
NAMES = 3
"""The same for names in a line: inconclusive slices, skipped checks."""
WARNINGS = 10

_WORDS = {
    "pass": "PASS",
    "fail": "FAIL",
    "inconclusive": "INCONCLUSIVE",
    "error": "ERROR",
    "skipped": "SKIPPED",
    None: "DESCRIPTIVE",
}
_GATES = {
    "pass": "PASSED",
    "fail": "FAILED",
    "inconclusive": "INCONCLUSIVE",
    "error": "could not be decided: nothing was measured",
}
_COUNTED = {"fail": "failed", "inconclusive": "inconclusive", "pass": "passed"}
_NBSP = "\N{NO-BREAK SPACE}"  # an interval stays on one line
_SEVERITIES = {severity.value: -severity.rank for severity in Severity}
Document = Mapping[str, Any]


def verdict_text(document: Document, *, width: int = WIDTH) -> str:
    """Everything that matters of one run: verdicts, why, findings and, last, the gate."""
    parts = [
        _head(document),
        _pillars(document),
        _failed(document, width),
        _inconclusive(document, width),
        _without_value(document, "error", "In error", width),
        _without_value(document, "skipped", "Skipped", width),
        _warnings(document, width),
        _gate(document, width),
    ]
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def _head(document: Document) -> Iterator[str]:
    coverage = document["coverage"]
    yield f"{document['service']}, version {document['version']}: {_WORDS[document['outcome']]}"
    yield f"run {document['run']}, seed {document['reproducibility']['seed']}"
    yield (
        f"{_checks(coverage['planned'])}: {coverage['measured']} measured,"
        f" {coverage['skipped']} skipped, {coverage['error']} in error"
    )


def _pillars(document: Document) -> Iterator[str]:
    """One line a pillar: its outcome, and how many of its measurements came to what."""
    longest = max(map(len, document["pillars"]), default=0)
    for name, outcome in document["pillars"].items():
        outcomes = [m["outcome"] for m in document["measurements"] if _pillar(m) == name]
        counts = [
            f"{outcomes.count(key)} {word}" for key, word in _COUNTED.items() if key in outcomes
        ]
        remark = "measured, no limit is set" if outcome is None else ", ".join(counts)
        yield f"  {name:<{longest}}  {_WORDS[outcome]:<12}  {remark}".rstrip()


def _pillar(measurement: Document) -> str:
    return str(measurement["check"]).partition(".")[0]


def _failed(document: Document, width: int) -> Iterator[str]:
    """Every failed slice with its finding; the sentence of the gravest slice of each check."""
    found = _by_check(document, "fail")
    if not found:
        return
    yield f"Failed ({_share(document, 'fail')})"
    findings = {(each["check"], _key(each)): each for each in document["findings"]}
    for check, items in found:
        yield from _wrapped(f"{check}{_required(items[0])}", width, "  ", "      ")
        for each in items[:SLICES]:
            finding = findings.get((check, _key(each)))
            yield from _wrapped(f"{_values(each)}{_remark(each, finding)}", width, "  - ", "    ")
        if len(items) > SLICES:
            yield f"    … and {len(items) - SLICES} more"
        yield from _wrapped(items[0]["sentence"], width, "    ", "    ")


def _remark(each: Document, finding: Document | None) -> str:
    words = [each["severity"]] if each["severity"] else []
    if finding is not None:
        words.append(finding["id"])
        words += [] if finding["state"] == "open" else [finding["state"].replace("_", " ")]
    return f" ({', '.join(words)})" if words else ""


def _inconclusive(document: Document, width: int) -> Iterator[str]:
    """One entry a check: the slice that a reader asks about first, the names of some others."""
    found = _by_check(document, "inconclusive")
    if not found:
        return
    yield f"Inconclusive ({_share(document, 'inconclusive')})"
    for check, items in found:
        yield from _wrapped(f"{check}{_required(items[0])}", width, "  ", "      ")
        needed = items[0]["n_to_decide"]
        decide = f"; about n{_NBSP}={_NBSP}{needed:,} would decide" if needed else ""
        yield from _wrapped(f"{_values(items[0])}{decide}", width, "  - ", "    ")
        if len(items) > 1:
            yield from _wrapped(f"also {_names(items[1:])}", width, "    ", "    ")


def _by_check(document: Document, outcome: str) -> list[tuple[str, list[Document]]]:
    """Judged measurements of one outcome under their checks, what is asked about first on top."""
    found: dict[str, list[Document]] = {}
    for each in document["measurements"]:
        if each["outcome"] == outcome:
            found.setdefault(each["check"], []).append(each)
    for items in found.values():
        items.sort(key=_first_asked)
    return sorted(found.items(), key=lambda entry: (_grave(entry[1][0]), importance(entry[0])))


def _grave(each: Document) -> int:
    return _SEVERITIES.get(each["severity"], 0) if each["outcome"] == "fail" else 0


def _first_asked(each: Document) -> tuple[int, bool, bool, bool, int, int]:
    """Graver first, then values beyond their limit, named groups, single columns, large groups."""
    unmeasured = each["value"] is None
    limit = each["threshold"]
    good = unmeasured or limit is None or Threshold(**limit).contains(each["value"])
    pooled = ALL_GROUPS in each["slice"].values()
    return _grave(each), unmeasured, good, pooled, len(each["slice"]), -each["n"]


def _share(document: Document, outcome: str) -> str:
    judged = [m["outcome"] for m in document["measurements"] if m["outcome"] in _COUNTED]
    return f"{judged.count(outcome)} of {len(judged)} judged"


def _required(each: Document) -> str:
    return f", required {limit_text(Threshold(**each['threshold']))}" if each["threshold"] else ""


def _values(each: Document) -> str:
    if each["value"] is None:
        return f"{slice_text(each['slice'])}: no value, {each['reason'] or 'no reason given'}"
    interval = _interval(each["interval"])
    return f"{slice_text(each['slice'])}: {number(each['value'])} {interval}, n{_NBSP}{each['n']:,}"


def _interval(ends: Sequence[float | None] | None) -> str:
    if ends is None:
        return "without interval"
    low, high = ends
    return f"[{'-inf' if low is None else number(low)},{_NBSP}{'inf' if high is None else number(high)}]"


def _key(each: Document) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(each["slice"].items()))


def _names(items: Sequence[Document]) -> str:
    return _listed([slice_text(each["slice"]) for each in items], ", ")


def _listed(words: Sequence[str], separator: str) -> str:
    more = len(words) - NAMES
    if more <= 0:
        return separator.join(words)
    return f"{separator.join(words[:NAMES])} and {more} more"


def _without_value(document: Document, outcome: str, title: str, width: int) -> Iterator[str]:
    """Checks that were skipped or broke, grouped by their reason."""
    reasons: dict[str, list[str]] = {}
    for check in document["checks"]:
        if check["outcome"] == outcome:
            reasons.setdefault(check["reason"] or "no reason given", []).append(check["check"])
    if not reasons:
        return
    yield f"{title} ({_checks(sum(map(len, reasons.values())))})"
    for reason, checks in reasons.items():
        names = _listed(sorted(checks, key=importance), ", ")
        yield from _wrapped(f"{reason}: {names}", width, "  - ", "    ")


def _warnings(document: Document, width: int) -> Iterator[str]:
    found = document["warnings"]
    if not found:
        return
    yield "Warnings"
    for each in found[:WARNINGS]:
        yield from _wrapped(each["message"], width, "  - ", "    ")
    if len(found) > WARNINGS:
        yield f"  … and {len(found) - WARNINGS} more"


def _gate(document: Document, width: int) -> Iterator[str]:
    gate = document["gate"]
    if {"fail", "inconclusive"} & {each["outcome"] for each in document["measurements"]}:
        yield "Every number, sentence and chart: --html F, --pdf F or --json F"
    yield f"Gate {_GATES[gate['outcome']]} (fails on {gate['fail_on']} or graver), exit {gate['exit']}"
    if gate["accepted"]:
        yield f"  failures covered by an acceptance: {len(gate['accepted'])}"
    for risk in gate.get("accepted_risks", ()):
        text = (
            f"{risk['finding']} until {risk['expires_at'][:10]},"
            f" accepted by {risk['approver']}: {risk['reason']}"
        )
        yield from _wrapped(text, width, "  - ", "    ")
    for each in gate.get("false_positives", ()):
        text = (
            f"{each['finding']} is a false positive,"
            f" confirmed by {each['confirmed_by']}: {each['reason']}"
        )
        yield from _wrapped(text, width, "  - ", "    ")


def _wrapped(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )


def _checks(count: int) -> str:
    return f"{count} check{'' if count == 1 else 's'}"
