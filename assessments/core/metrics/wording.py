"""The words of a measurement's sentence: groups, numbers and comparisons, always the same way."""

from __future__ import annotations

from collections.abc import Mapping

from shield.evidence.measurement import ALL_GROUPS
from shield.evidence.sentence import number


def group_text(slice: Mapping[str, str]) -> str:
    """ "race = black and sex = female"; a column that stands for all its groups is left out."""
    named = [f"{column} = {label}" for column, label in slice.items() if label != ALL_GROUPS]
    return " and ".join(named)


def with_article(noun: str) -> str:
    """ "an accuracy", "a selection rate"; single capitals are spelt ("an R²")."""
    vowel = noun[0].lower() in "aeio" or noun[:2] in ("R²", "RM")
    return f"{'an' if vowel else 'a'} {noun}"


def percent(share: float) -> str:
    """A share as "67.5 %"."""
    return f"{100.0 * share:.1f} %"


def of(successes: float, trials: float) -> str:
    """ "133 of 197"; counts are whole numbers of rows."""
    return f"{round(successes):,} of {round(trials):,}"


def apart(difference: float) -> str:
    """ "0.052 below", "0.052 above" or "equal to"."""
    if difference == 0:
        return "equal to"
    return f"{number(abs(difference))} {'below' if difference < 0 else 'above'}"


def plural(count: int, noun: str) -> str:
    """ "1 group", "3 groups"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
