"""What the demo tells in the terminal: verdicts, disparities, what is open and why."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from shield.evidence.measurement import ALL_GROUPS, Threshold
from shield.evidence.sentence import limit_text, number
from shield.findings.wording import slice_text
from shield.risk.defaults import importance

WIDTH = 92
MOST = 6
_SIGNS = {"pass": "●", "fail": "◆", "inconclusive": "○", "error": "✗", "skipped": "–"}

Document = Mapping[str, Any]


def tell(document: Document, title: str) -> str:
    """One assessment as a dozen lines for a person who sees the product for the first time."""
    lines = [
        "",
        f"━━ {title} ".ljust(WIDTH, "━"),
        *_verdict(document),
        *_failures(document),
        *_undecided(document),
        *_unmeasured(document),
    ]
    return "\n".join(lines)


def _verdict(document: Document) -> Iterator[str]:
    coverage, gate = document["coverage"], document["gate"]
    pillars = "   ".join(
        f"{pillar} {_SIGNS.get(outcome, '·')} {(outcome or 'descriptive').upper()}"
        for pillar, outcome in document["pillars"].items()
    )
    yield f"   {pillars}"
    yield (
        f"   gate {gate['outcome'].upper()} (fails on {gate['fail_on']} or graver)"
        f"   {coverage['measured']} of {coverage['planned']} checks measured"
    )


def _failures(document: Document) -> Iterator[str]:
    found = [each for each in document["measurements"] if each["outcome"] == "fail"]
    if not found:
        return
    ids = {(each["check"], _key(each)): each["id"] for each in document["findings"]}
    yield f"\n   Disparities and other failures ({len(found)})"
    for each in found[:MOST]:
        name = ids.get((each["check"], _key(each)), "")
        yield from _lines(each, f"{each['severity']} {name}".strip())
    if len(found) > MOST:
        yield f"     … and {len(found) - MOST} more in the report"


def _undecided(document: Document) -> Iterator[str]:
    """One group a check: the one that a reader would ask about first."""
    by_check: dict[str, list[Document]] = {}
    for each in document["measurements"]:
        if each["outcome"] == "inconclusive" and each["value"] is not None:
            by_check.setdefault(each["check"], []).append(each)
    if not by_check:
        return
    total = sum(map(len, by_check.values()))
    yield f"\n   Not decided: the intervals reach over their limits ({total})"
    chosen = [(min(group, key=_first_asked), len(group) - 1) for group in by_check.values()]
    for each, others in sorted(chosen, key=lambda pair: importance(pair[0]["check"]))[:MOST]:
        needed = each["n_to_decide"]
        words = f"about n = {needed:,} would decide" if needed else "no sample size would decide"
        more = f"; {others} more groups" if others else ""
        yield from _lines(each, f"{words}{more}")
    if len(by_check) > MOST:
        yield f"     … and {len(by_check) - MOST} more checks in the report"


def _first_asked(each: Document) -> tuple[bool, bool, int, int]:
    """Values beyond their limit first, then named groups, single columns, large groups."""
    good = Threshold(**each["threshold"]).contains(each["value"])
    return good, ALL_GROUPS in each["slice"].values(), len(each["slice"]), -each["n"]


def _lines(each: Document, remark: str) -> Iterator[str]:
    low, high = each["interval"] or (None, None)
    limit = limit_text(Threshold(**each["threshold"]))
    yield f"     {_SIGNS[each['outcome']]} {each['check'].split('.', 1)[1]}, {slice_text(each['slice'])}"
    yield (
        f"         {number(each['value'])} [{_end(low, '−∞')}, {_end(high, '∞')}] with n {each['n']:,};"
        f" required {limit}"
    )
    yield f"         {remark}"


def _unmeasured(document: Document) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for check in document["checks"]:
        if check["outcome"] in ("skipped", "error"):
            reasons.setdefault(check["reason"] or "no reason given", []).append(check["check"])
    if reasons:
        yield f"\n   Not measured ({sum(map(len, reasons.values()))} checks)"
    for reason, checks in reasons.items():
        some = ", ".join(check.split(".", 1)[1] for check in checks[:3])
        more = f" and {len(checks) - 3} more" if len(checks) > 3 else ""
        text = f"– {reason}: {some}{more}"
        yield textwrap.fill(text, WIDTH, initial_indent="     ", subsequent_indent="       ")


def _key(each: Document) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(each["slice"].items()))


def _end(value: float | None, infinite: str) -> str:
    return infinite if value is None else number(value)
