"""Labels as text, and when two labels are the same: they compare by value in the column's own type.

One spelling per value: `1`, `1.0` and the integer 1 are all "1"; `True` is "true". A manifest may
write a label in another type than the column has; `find_label` looks for it, exact text first.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

_EXACT = 2.0**53
_NUMBER_LENGTH = 40
_TRUE = {"true", "yes"}
_FALSE = {"false", "no"}


def label_text(value: object) -> str:
    """The one spelling of a label: integral numbers without a point, booleans in lower case."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if math.isfinite(value) and value == int(value) and abs(value) < _EXACT:
            return str(int(value))
        return repr(value)
    return str(value).strip()


def find_label(wanted: object, labels: Iterable[str], *, truth: bool = True) -> str | None:
    """The label among `labels` (spelled by `label_text`) that equals `wanted` by value, or None.

    Tried in this order: the same text; the same number ("1.0" in a text column for 1); a truth
    value ("True" or 1 for true, "no" or 0 for false), unless `truth` is False.
    """
    known = list(labels)
    text = label_text(wanted)
    if text in known:
        return text
    number = _number(text)
    if number is not None:
        same = [label for label in known if _number(label) == number]
        if same:
            return same[0]
    meant = _truth(text) if truth else None
    if meant is not None:
        same = [label for label in known if _truth(label) is meant]
        if len(same) == 1:
            return same[0]
    return None


def sort_labels(labels: Iterable[str]) -> list[str]:
    """By number when all are numbers, else by text."""
    known = list(labels)
    numbers = [number for label in known if (number := _number(label)) is not None]
    if len(numbers) == len(known):
        return [label for _, label in sorted(zip(numbers, known, strict=True))]
    return sorted(known)


def clean_text(text: str, length: int) -> str:
    """Printable text on one line, at most `length` characters: no control or formatting characters."""
    short = text[: length * 4]
    kept = "".join(
        " " if character.isspace() else character
        for character in short
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= length else kept[: length - 1] + "…"


def storable(text: str) -> str:
    """Text that every database, XML and a terminal can take: control characters become "�".

    A manifest cannot name a column that has them, so no column that is used is renamed.
    """
    return "".join(
        "\ufffd" if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in text
    )


def _number(text: str) -> float | None:
    if len(text) > _NUMBER_LENGTH:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _truth(text: str) -> bool | None:
    folded = text.casefold()
    if folded in _TRUE or _number(folded) == 1:
        return True
    if folded in _FALSE or _number(folded) == 0:
        return False
    return None
