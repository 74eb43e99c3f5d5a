"""The risk score of a service: one formula, 0 to 100, with every point explained.

Each thing that speaks against a service leaves a share (1 − w) of confidence standing; what stands
against it together is what is left of all shares:

    score = 100 · m · (1 − ∏ᵢ (1 − wᵢ)^kᵢ)

* a finding: w by severity (`WEIGHTS`); k = 1 while it is open, `OVERDUE` once it is past its due
  date, `ACCEPTED` while an approved acceptance covers it (less than open, more than nothing);
* what is not known: w = `UNKNOWN` · share of the planned checks that gave no answer; a check that is
  inconclusive counts half, one that was not measured counts whole. A service that was never
  assessed has no answer at all: the share is 1;
* age of the evidence: w = `AGE` · a, where a is 0 until the cadence of the tier has passed and then
  grows with each day until it is 1 after two more cadences. Never assessed: 1;
* evidence about a version or data that are no longer the newest: w = `SUPERSEDED`;
* materiality multiplies: m by tier (`MATERIALITY`). A low-tier service never exceeds 40.

The product saturates: the tenth finding adds less than the first, and nothing passes 100 · m. Every
wᵢ and kᵢ can only grow with severity, age and missing coverage, so that the score is monotone in each
of them. The points of a reason are its part of the score by its logarithm, k·(−ln(1 − w)): these are
additive, so that the points add up to the score whatever the order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {"critical": 0.50, "high": 0.25, "medium": 0.10, "low": 0.03, "info": 0.005}
)
MATERIALITY: Final[Mapping[str, float]] = MappingProxyType(
    {"low": 0.4, "moderate": 0.6, "high": 0.8, "critical": 1.0}
)
OPEN: Final = 1.0
OVERDUE: Final = 1.5
ACCEPTED: Final = 0.25
UNKNOWN: Final = 0.35
UNDECIDED: Final = 0.5
"""How much of an unmeasured check an inconclusive one counts."""
AGE: Final = 0.30
SUPERSEDED: Final = 0.20


@dataclass(frozen=True, slots=True)
class Facts:
    """What the score is made of.

    `open`, `overdue` and `accepted` count findings by severity; an overdue one is not also open.
    `age_days` is the age of the last evidence, None when there is none; `cadence_days` how old it may
    become. `planned` counts the checks that the tier or the manifest asks for, `unmeasured` those
    of them without a value, also for want of asking, and `undecided` the inconclusive ones.
    """

    tier: str
    cadence_days: int
    open: Mapping[str, int] = field(default_factory=dict)
    overdue: Mapping[str, int] = field(default_factory=dict)
    accepted: Mapping[str, int] = field(default_factory=dict)
    planned: int = 0
    unmeasured: int = 0
    undecided: int = 0
    age_days: float | None = None
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One bar of the waterfall: what it is (`code`), how much of it (`amount`), how many points."""

    code: str
    amount: float
    points: float

    def as_json(self) -> dict[str, object]:
        """The form in which it is kept beside the score."""
        return {"code": self.code, "amount": self.amount, "points": self.points}


@dataclass(frozen=True, slots=True)
class Score:
    """The number and why; the points of the reasons add up to it."""

    value: float
    reasons: tuple[Reason, ...]


def score(facts: Facts) -> Score:
    """The score of a service, its reasons with the most points first."""
    loads = [(code, amount, load) for code, amount, load in _loads(facts) if load > 0]
    total = math.fsum(load for _, _, load in loads)
    value = 100 * MATERIALITY[facts.tier] * -math.expm1(-total)
    reasons = [Reason(code, amount, value * load / total) for code, amount, load in loads]
    return Score(value, tuple(sorted(reasons, key=lambda each: (-each.points, each.code))))


def _loads(facts: Facts) -> Iterator[tuple[str, float, float]]:
    """(code, amount, −ln(1 − w)·k) of everything that may stand against a service."""
    for kind, factor, counts in (
        ("open", OPEN, facts.open),
        ("overdue", OVERDUE, facts.overdue),
        ("accepted", ACCEPTED, facts.accepted),
    ):
        for severity, weight in WEIGHTS.items():
            count = counts.get(severity, 0)
            yield f"{kind}.{severity}", count, count * factor * _load(weight)
    unknown = unknown_share(facts)
    yield "unknown", unknown, _load(UNKNOWN * unknown)
    staleness = _staleness(facts.age_days, facts.cadence_days)
    yield "age", -1.0 if facts.age_days is None else facts.age_days, _load(AGE * staleness)
    yield "superseded", 1.0, _load(SUPERSEDED) if facts.superseded else 0.0


def unknown_share(facts: Facts) -> float:
    """The share of planned checks without an answer, in [0, 1]; 1 when nothing was planned."""
    if facts.age_days is None or facts.planned <= 0:
        return 1.0
    missing = facts.unmeasured + UNDECIDED * facts.undecided
    return min(1.0, missing / facts.planned)


def _staleness(age_days: float | None, cadence_days: int) -> float:
    """0 while the evidence is within its cadence, 1 from three cadences on, linear between."""
    if age_days is None:
        return 1.0
    return min(1.0, max(0.0, age_days - cadence_days) / (2 * cadence_days))


def _load(weight: float) -> float:
    return -math.log1p(-weight)
