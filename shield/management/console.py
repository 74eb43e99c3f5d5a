"""The verdict as a person reads it in a terminal, 80 columns wide, from the result document."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shield.evidence.sentence import number

WIDTH = 80
LISTED = 10
"""How many entries a list shows before it says how many more there are."""
UNDECIDED = 5
"""The same for inconclusive measurements, which are many where groups are small."""

_WORDS = {
    "pass": "PASS",
    "fail": "FAIL",
    "inconclusive": "INCONCLUSIVE",
    "error": "ERROR",
    "skipped": "SKIPPED",
    None: "no verdict",
}
_GATES = {
    "pass": "PASSED",
    "fail": "FAILED",
    "inconclusive": "INCONCLUSIVE",
    "error": "could not be decided: nothing was measured",
}
Document = Mapping[str, Any]


def verdict_text(document: Document, *, width: int = WIDTH) -> str:
    """Everything that matters of one run: verdicts, why, findings and the gate."""
    parts = [
        _head(document),
        _pillars(document),
        _judged(document, "fail", "Failed", LISTED, width),
        _judged(document, "inconclusive", "Inconclusive", UNDECIDED, width),
        _without_value(document, "error", "In error", width),
        _without_value(document, "skipped", "Skipped", width),
        _warnings(document, width),
        _findings(document, width),
        _gate(document),
    ]
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def _head(document: Document) -> Iterator[str]:
    coverage = document["coverage"]
    yield f"{document['service']}, version {document['version']}"
    yield f"run {document['run']}, seed {document['reproducibility']['seed']}"
    yield (
        f"{_checks(coverage['planned'])}: {coverage['measured']} measured,"
        f" {coverage['skipped']} skipped, {coverage['error']} in error"
    )


def _pillars(document: Document) -> Iterator[str]:
    rows = [*document["pillars"].items(), ("whole run", document["outcome"])]
    longest = max(len(name) for name, _ in rows)
    for name, outcome in rows:
        yield f"  {name:<{longest}}  {_WORDS[outcome]}"


def _judged(document: Document, outcome: str, title: str, listed: int, width: int) -> Iterator[str]:
    """Failed or inconclusive measurements, in the order of the checks."""
    found = [m for m in document["measurements"] if m["outcome"] == outcome]
    if not found:
        return
    yield f"{title} ({len(found)} of {_count_judged(document)} judged)"
    for each in found[:listed]:
        yield from _measurement(each, width)
    yield from _more(len(found), listed)


def _count_judged(document: Document) -> int:
    return sum(
        m["outcome"] is not None and m["value"] is not None for m in document["measurements"]
    )


def _measurement(each: Document, width: int) -> Iterator[str]:
    severity = f"{each['severity']}: " if each["severity"] and each["outcome"] == "fail" else ""
    value = "" if each["value"] is None else f"  {number(each['value'])}"
    interval = _interval(each["interval"])
    head = f"- {severity}{each['check']}  {slice_text(each['slice'])}{value} {interval}"
    yield from _wrapped(head.rstrip(), width, "  ")
    yield from _wrapped(f"    {each['sentence']}", width, "    ")


def slice_text(slice: Mapping[str, str]) -> str:
    """`race = black, sex = female`; the words for everybody and for all groups of a column."""
    if not slice:
        return "everybody"
    return ", ".join(
        f"all groups of {column}" if group == "*" else f"{column} = {group}"
        for column, group in slice.items()
    )


def _interval(ends: list[float | None] | None) -> str:
    if ends is None:
        return ""
    low, high = ends
    return f"[{'-inf' if low is None else number(low)}, {'inf' if high is None else number(high)}]"


def _without_value(document: Document, outcome: str, title: str, width: int) -> Iterator[str]:
    """Checks that were skipped or broke, grouped by their reason."""
    reasons: dict[str, list[str]] = {}
    for check in document["checks"]:
        if check["outcome"] == outcome:
            reasons.setdefault(check["reason"] or "no reason given", []).append(check["check"])
    if not reasons:
        return
    yield f"{title} ({_checks(sum(map(len, reasons.values())))})"
    for reason, checks in list(reasons.items())[:LISTED]:
        yield from _wrapped(f"- {reason}: {', '.join(checks)}", width, "    ")
    yield from _more(len(reasons))


def _warnings(document: Document, width: int) -> Iterator[str]:
    found = document["warnings"]
    if not found:
        return
    yield "Warnings"
    for each in found[:LISTED]:
        yield from _wrapped(f"- {each['message']}", width, "  ")
    yield from _more(len(found))


def _findings(document: Document, width: int) -> Iterator[str]:
    found = document["findings"]
    if not found:
        return
    yield f"Findings ({len(found)})"
    for each in found[:LISTED]:
        text = f"- {each['id']}  {each['severity']}, {each['state']}: {each['title']}"
        yield from _wrapped(text, width, "    ")
    yield from _more(len(found))


def _gate(document: Document) -> Iterator[str]:
    gate = document["gate"]
    yield f"Gate {_GATES[gate['outcome']]} (fails on {gate['fail_on']} or graver), exit {gate['exit']}"
    if gate["accepted"]:
        yield f"  failures covered by an acceptance: {len(gate['accepted'])}"


def _wrapped(text: str, width: int, indent: str) -> Iterable[str]:
    return textwrap.wrap(
        text,
        width,
        subsequent_indent=indent,
        drop_whitespace=True,
        break_on_hyphens=False,
    )


def _checks(count: int) -> str:
    return f"{count} check{'' if count == 1 else 's'}"


def _more(count: int, listed: int = LISTED) -> Iterator[str]:
    if count > listed:
        yield f"  … and {count - listed} more (all of them: --json, --html)"
