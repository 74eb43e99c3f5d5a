"""Plain words for slices and findings, the same in pages, reports and exports."""

from __future__ import annotations

from collections.abc import Mapping

from shield.evidence.measurement import ALL_GROUPS


def slice_text(slice: Mapping[str, str]) -> str:
    """ "race = black and sex = female", "all groups of race", or "everybody".

    Columns in alphabetical order: databases do not keep the order of keys.
    """
    if not slice:
        return "everybody"
    parts = sorted(slice.items())
    whole = " × ".join(column for column, group in parts if group == ALL_GROUPS)
    named = " and ".join(f"{column} = {group}" for column, group in parts if group != ALL_GROUPS)
    if named and whole:
        return f"{named} across all groups of {whole}"
    return named or f"all groups of {whole}"


def slice_label(slice: Mapping[str, str]) -> str:
    """As `slice_text` but short, for charts: an intersection as "black × female".

    What every column can have keeps its column: "race (other) × sex (missing)".
    """
    parts = sorted(slice.items())
    named = [
        f"{column} {group}" if group.startswith("(") else group
        for column, group in parts
        if group != ALL_GROUPS
    ]
    whole = [column for column, group in parts if group == ALL_GROUPS]
    if len(named) < 2:
        return slice_text(slice)
    words = " × ".join(named)
    return f"{words} across all groups of {' × '.join(whole)}" if whole else words


def finding_title(check_title: str, slice: Mapping[str, str]) -> str:
    """What is wrong and for whom. Never a value: the title stays while the numbers move."""
    subject = slice_text(slice)
    limit = 300 - len(" is outside its limit for ") - len(subject)
    if limit < 20:
        return f"A limit is broken for {subject}"[:300]
    return f"{check_title[:limit]} is outside its limit for {subject}"
