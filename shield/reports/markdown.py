"""A run's verdict as Markdown, for a comment under a pull request.

Names come from manifests, column names and data: in a comment of a forge they could mention people,
close issues, draw images or break the table. So every name stands in a code span, where nothing is
interpreted, and every sentence is escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Severity
from shield.evidence.sentence import limit_text, number
from shield.risk.defaults import importance

ROWS: Final = 20
"""Rows of a table before the rest is only counted: a comment has a size limit, and a reader too."""
LONGEST: Final = 60_000
"""Characters; forges refuse comments beyond 65,536."""
Document = Mapping[str, Any]

_WORDS: Final = {
    "pass": "✅ passed",
    "fail": "❌ failed",
    "inconclusive": "❔ inconclusive",
    "error": "⚠️ could not be assessed",
    "skipped": "skipped",
    None: "descriptive",
}
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>=$^:])")
_RANK: Final = {severity.value: -severity.rank for severity in Severity}


def code(value: object) -> str:
    """A name in a code span: nothing in it is interpreted, and it stays on its line."""
    text = _plain(value).replace("`", "'").replace("|", "¦").strip()
    return f"`{text or ' '}`"


def prose(value: object) -> str:
    """A sentence with every character that means something escaped; no mention, no link, no HTML."""
    text = _plain(value).replace("&", "&amp;").replace("<", "&lt;")
    text = _SPECIAL.sub(r"\\\1", text)
    return text.replace("@", "@\u2060").replace("\\#", "\\#\u2060").replace("\\:", "\\:\u2060")


def _plain(value: object) -> str:
    """One line without control characters or marks that turn the direction of text."""
    return "".join(
        " " if character.isspace() else character
        for character in str(value)
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )


def render(document: Document, *, url: str = "") -> bytes:
    """Markdown of a result document; `url` is the run's page."""
    parts = [
        _head(document, url),
        _failed(document),
        _accepted(document),
        _false_positives(document),
        _inconclusive(document),
        _unmeasured(document),
        _warnings(document),
    ]
    text = "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"
    if len(text) > LONGEST:
        text = text[:LONGEST].rpartition("\n")[0] + "\n\n… cut: the run's page has everything.\n"
    return text.encode()


def _head(document: Document, url: str) -> Iterator[str]:
    gate, coverage = document["gate"], document["coverage"]
    name, version = code(document["service"]), code(document["version"])
    yield f"### Gate {_WORDS[gate['outcome']]}: {name}, version {version}"
    yield ""
    yield (
        f"Exit {gate['exit']}; fails on {gate['fail_on']} or graver. Checks: {coverage['planned']} "
        f"planned, {coverage['measured']} measured, {coverage['skipped']} skipped, "
        f"{coverage['error']} in error."
    )
    for pillar, outcome in document["pillars"].items():
        yield f"- {code(pillar)}: {_WORDS[outcome]}"
    if url.startswith(("https://", "http://")) and not set(url) & set(' <>()[]`"\n'):
        yield ""
        yield f"[All numbers, with charts]({url}) · run {code(document['run'])}"


def _failed(document: Document) -> Iterator[str]:
    items = _with_outcome(document, "fail")
    if not items:
        return
    findings = {(each["check"], _key(each)): each for each in document["findings"]}
    yield f"**Failed ({len(items)})**"
    yield ""
    yield "| check | group | value | 95 % interval | limit | n | severity | finding |"
    yield "|---|---|---:|---|---|---:|---|---|"
    for each in items[:ROWS]:
        finding = findings.get((each["check"], _key(each)))
        label = f"{finding['id']} ({finding['state'].replace('_', ' ')})" if finding else ""
        cells = (
            code(each["check"]), _group(each), _value(each["value"]), _interval(each), _limit(each),
            f"{each['n']:,}", each["severity"] or "", prose(label),
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"
    yield from _more(len(items) - ROWS)


def _accepted(document: Document) -> Iterator[str]:
    """Failures that count as decided, with who decided and until when."""
    gate = document["gate"]
    risks: Sequence[Document] = gate.get("accepted_risks") or ()
    if not gate["accepted"]:
        return
    yield f"**Accepted risks ({len(gate['accepted'])})**"
    yield ""
    for risk in risks[:ROWS]:
        until = str(risk["expires_at"])[:10]
        yield (
            f"- {prose(risk['finding'])} until {prose(until)}, approved by "
            f"{code(risk['approver'])}: {prose(risk['reason'])}"
        )
    yield from _more(len(gate["accepted"]) - min(len(risks), ROWS))


def _false_positives(document: Document) -> Iterator[str]:
    """Failures that two people called none."""
    found: Sequence[Document] = document["gate"].get("false_positives") or ()
    if not found:
        return
    yield f"**False positives ({len(found)})**"
    yield ""
    for each in found[:ROWS]:
        yield (
            f"- {prose(each['finding'])} is a false positive, confirmed by "
            f"{code(each['confirmed_by'])}: {prose(each['reason'])}"
        )
    yield from _more(len(found) - ROWS)


def _inconclusive(document: Document) -> Iterator[str]:
    items = _with_outcome(document, "inconclusive")
    if not items:
        return
    yield f"<details><summary>Inconclusive ({len(items)})</summary>"
    yield ""
    for each in items[:ROWS]:
        needed = each["n_to_decide"]
        decide = f", about n = {needed:,} would decide" if needed else ""
        yield (
            f"- {code(each['check'])} {_group(each)}: {_value(each['value'])} {_interval(each)}, "
            f"limit {_limit(each)}{decide}"
        )
    yield from _more(len(items) - ROWS)
    yield ""
    yield "</details>"


def _unmeasured(document: Document) -> Iterator[str]:
    items = [each for each in document["checks"] if each["outcome"] in ("error", "skipped")]
    if not items:
        return
    yield f"<details><summary>Not measured ({len(items)})</summary>"
    yield ""
    for each in items[:ROWS]:
        why = prose(each["reason"] or "no reason given")
        yield f"- {code(each['check'])} {_WORDS[each['outcome']]}: {why}"
    yield from _more(len(items) - ROWS)
    yield ""
    yield "</details>"


def _warnings(document: Document) -> Iterator[str]:
    for each in document["warnings"][:ROWS]:
        yield f"> {prose(each['message'])}"
        yield ">"
    yield from _more(len(document["warnings"]) - ROWS)


def _with_outcome(document: Document, outcome: str) -> list[Document]:
    """Measurements of one outcome, the gravest and the most asked about first."""
    found = [each for each in document["measurements"] if each["outcome"] == outcome]
    return sorted(
        found, key=lambda each: (_RANK.get(each["severity"], 0), *importance(each["check"]))
    )


def _key(each: Document) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(each["slice"].items()))


def _group(each: Document) -> str:
    parts = [f"{column} = {value}" for column, value in each["slice"].items()]
    return code(", ".join(parts)) if parts else "everybody"


def _value(value: float | None) -> str:
    return "no value" if value is None else number(value)


def _interval(each: Document) -> str:
    if each["interval"] is None:
        return "none"
    low, high = each["interval"]
    return f"{'−∞' if low is None else number(low)} to {'∞' if high is None else number(high)}"


def _limit(each: Document) -> str:
    return limit_text(Threshold(**each["threshold"])) if each["threshold"] else "none"


def _more(count: int) -> Iterator[str]:
    if count > 0:
        yield f"\n… and {count} more"
