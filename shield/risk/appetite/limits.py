"""Holding where a service stands to what its business unit is willing to bear. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LIMITS: Final = ("max_score", "max_critical", "max_high", "min_coverage", "max_age_days")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a unit bears; None is no limit. `min_coverage` is a share of 1."""

    max_score: float | None = None
    max_critical: int | None = None
    max_high: int | None = None
    min_coverage: float | None = None
    max_age_days: int | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is limited."""
        return all(getattr(self, name) is None for name in LIMITS)

    def as_json(self) -> dict[str, float | int | None]:
        """Every limit by its name."""
        return {name: getattr(self, name) for name in LIMITS}


@dataclass(frozen=True, slots=True)
class Position:
    """Where one service stands; `coverage` and `age_days` are None when it was never assessed."""

    score: float
    critical: int
    high: int
    coverage: float | None
    age_days: float | None


@dataclass(frozen=True, slots=True)
class Breach:
    """One limit that is not kept; `value` is None where there is nothing to hold to it."""

    limit: str
    allowed: float
    value: float | None

    def as_json(self) -> dict[str, object]:
        """The form in which it is kept beside the standing."""
        return {"limit": self.limit, "allowed": self.allowed, "value": self.value}


def breaches(position: Position, limits: Limits) -> tuple[Breach, ...]:
    """Every limit that the service does not keep, in the order of `LIMITS`.

    The limit itself is within the appetite. A service that was never assessed keeps neither a limit of
    coverage nor one of age: nothing measured is never good.
    """
    found = []
    for name, value, most in (
        ("max_score", position.score, limits.max_score),
        ("max_critical", position.critical, limits.max_critical),
        ("max_high", position.high, limits.max_high),
    ):
        if most is not None and value > most:
            found.append(Breach(name, most, value))
    least = limits.min_coverage
    if least is not None and (position.coverage is None or position.coverage < least):
        found.append(Breach("min_coverage", least, position.coverage))
    oldest = limits.max_age_days
    if oldest is not None and (position.age_days is None or position.age_days > oldest):
        found.append(Breach("max_age_days", oldest, position.age_days))
    return tuple(found)
