"""By when an authority must know of a serious incident: hints from data, decided by people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

FILE: Final = Path(__file__).parent / "data" / "serious-incidents.yaml"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One rule for one kind of harm."""

    regime: str
    title: str
    framework: str
    note: str
    harm: str
    days: int
    reference: str

    def by(self, noticed_at: datetime) -> datetime:
        """The last moment, counted from when one became aware."""
        return noticed_at + timedelta(days=self.days)


@lru_cache(maxsize=1)
def deadlines() -> tuple[Deadline, ...]:
    """Every rule; the file is read once."""
    found: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(
        Deadline(
            regime=regime["id"],
            title=regime["title"],
            framework=regime["framework"],
            note=regime["note"],
            harm=rule["harm"],
            days=rule["days"],
            reference=rule["reference"],
        )
        for regime in found
        for rule in regime["deadlines"]
    )


def deadlines_for(harm: str) -> list[Deadline]:
    """The rules that a kind of harm may fall under, the shortest first."""
    return sorted((rule for rule in deadlines() if rule.harm == harm), key=lambda rule: rule.days)


def notify_by(harm: str, noticed_at: datetime) -> datetime | None:
    """When the shortest rule for this harm runs out; None when no rule has a date for it."""
    rules = deadlines_for(harm)
    return rules[0].by(noticed_at) if rules else None


def same_minute(one: datetime | None, other: datetime | None) -> bool:
    """Forms know minutes, rows microseconds: whether nobody moved the moment."""
    if one is None or other is None:
        return one is other
    return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)
