"""What there is in the benchmark's organisation: made from a seed, the same for the same seed and size.

All keys follow from arithmetic, so that each table can be written in one pass without looking up
another: run `r` of service `s` measures 20 checks on 10 of the service's 25 slices.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

import numpy as np

from shield.evidence.canonical import digest
from shield.findings.wording import finding_title

CHECKS: Final = (
    ("fairness.accuracy_difference", "Accuracy difference"),
    ("fairness.auc_gap", "AUC gap"),
    ("fairness.balanced_accuracy_difference", "Balanced accuracy difference"),
    ("fairness.brier_score_gap", "Brier score gap"),
    ("fairness.calibration_gap", "Calibration gap"),
    ("fairness.conditional_statistical_parity_difference", "Conditional parity difference"),
    ("fairness.demographic_parity_difference", "Demographic parity difference"),
    ("fairness.equal_opportunity_difference", "Equal opportunity difference"),
    ("fairness.equal_opportunity_ratio", "Equal opportunity ratio"),
    ("fairness.equalized_odds_difference", "Equalized odds difference"),
    ("fairness.equalized_odds_ratio", "Equalized odds ratio"),
    ("fairness.predictive_parity_difference", "Predictive parity difference"),
    ("fairness.predictive_parity_ratio", "Predictive parity ratio"),
    ("fairness.selection_rate_ratio", "Selection-rate ratio (four-fifths rule)"),
    ("performance.accuracy", "Accuracy"),
    ("performance.auc", "Area under the ROC curve"),
    ("performance.brier_score", "Brier score"),
    ("performance.f1", "F1"),
    ("performance.precision", "Precision"),
    ("performance.recall", "Recall"),
)
BASES: Final = (0, 8, 15)  # the first of the ten slices that the runs of a service take in turn
PER_CHECK: Final = 10
SLICES: Final = 25
PER_RUN: Final = len(CHECKS) * PER_CHECK
IDENTITIES: Final = len(CHECKS) * SLICES
RUNS: Final = (12, 13)  # finished runs of a service, by turns
VERSIONS: Final = 4
STATES: Final = (
    ("open", 0.06), ("in_progress", 0.03), ("regressed", 0.01), ("accepted", 0.04),
    ("false_positive", 0.06), ("resolved", 0.2), ("closed", 0.6),
)  # fmt: skip
SEVERITIES: Final = (
    ("critical", 0.05), ("high", 0.2), ("medium", 0.45), ("low", 0.25), ("info", 0.05),
)  # fmt: skip
LIVING: Final = 4  # the first so many states are of findings that fail in the last runs
DOMAINS: Final = (
    ("mortgage approval", "race", "sex", "age"),
    ("card limit", "ethnicity", "gender", "age_band"),
    ("fraud triage", "region", "gender", "tenure"),
    ("claims routing", "district", "sex", "age_group"),
    ("identity match", "skin_tone", "sex", "age_band"),
    ("churn outreach", "nationality", "gender", "segment"),
    ("small business credit", "postcode_area", "owner_sex", "firm_age"),
    ("collections priority", "language", "gender", "age"),
)  # fmt: skip
NOW: Final = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""Everything happened before this: the same on all runs within an hour."""


@dataclass(frozen=True, slots=True)
class Made:
    """A run: its key, whose it is, which of the service's it is, and when it ended."""

    id: uuid.UUID
    service: int  # from 0
    place: int
    at: datetime
    outcome: str


@dataclass
class World:
    """The organisation of `services` services; services, versions and findings have keys from 1."""

    services: int
    seed: int = 7
    units: int = 20
    runs: list[Made] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.units = min(self.units, max(2, self.services // 10))  # each has something to see
        self.random = random.Random(self.seed)
        self.numbers = np.random.default_rng(self.seed)
        self.unit_of = self.numbers.integers(1, self.units + 1, self.services)
        shape = (self.services, IDENTITIES)
        self.state = _choose(self.numbers, STATES, shape)
        self.severity = _choose(self.numbers, SEVERITIES, shape)
        self.first_place = self.numbers.integers(0, 4, shape)  # which covering run failed first
        self.runs = list(self._runs())

    @property
    def people(self) -> int:
        """A quarter as many people as services."""
        return max(20, self.services // 4)

    def _runs(self) -> Iterator[Made]:
        for service in range(self.services):
            count = RUNS[service % 2]
            newest = NOW - timedelta(hours=float(self.random.expovariate(1 / 700)))
            for place in range(count):
                at = newest - timedelta(days=30 * (count - 1 - place))
                outcome = self.random.choices(
                    ("pass", "fail", "inconclusive", "error"), (35, 40, 20, 5)
                )[0]
                key = uuid.UUID(int=self.random.getrandbits(128), version=4)
                yield Made(key, service, place, at, outcome)

    def first_run(self, service: int) -> int:
        """The index in `runs` of the service's first run."""
        return service // 2 * sum(RUNS) + (RUNS[0] if service % 2 else 0)

    def covering(self, service: int, slice_: int) -> list[int]:
        """The runs of a service (by place) that measure a slice, oldest first."""
        return _covering(RUNS[service % 2], slice_)

    def slug(self, service: int) -> str:
        """Unique, and readable."""
        return f"{DOMAINS[service % len(DOMAINS)][0].replace(' ', '-')}-{service + 1}"

    def name(self, service: int) -> str:
        """As people call it."""
        return f"{DOMAINS[service % len(DOMAINS)][0].capitalize()} {service + 1}"


@cache
def _covering(runs: int, slice_: int) -> list[int]:
    bases = [turn for turn, base in enumerate(BASES) if base <= slice_ < base + PER_CHECK]
    return [place for place in range(runs) if place % 3 == bases[0]]


def _choose(
    numbers: np.random.Generator, table: tuple[tuple[str, float], ...], shape: tuple[int, int]
) -> np.ndarray:
    return numbers.choice(len(table), shape, p=[share for _, share in table]).astype(np.int8)


def slices(domain: int) -> list[Mapping[str, str]]:
    """The 25 slices of a service of this domain: groups, intersections, omnibus and everybody."""
    _, first, second, third = DOMAINS[domain]
    groups = [f"{first[:3]} {letter}" for letter in "ABCDE"]
    found: list[Mapping[str, str]] = [{first: group} for group in groups]
    found += [{second: kind} for kind in ("female", "male")]
    found += [{third: band} for band in ("under 30", "30 to 45", "46 to 60", "over 60")]
    found += [{first: group, second: kind} for group in groups for kind in ("female", "male")]
    found += [{column: "*"} for column in (first, second, third)]
    return [*found, {}]


def titles(domain: int) -> list[list[str]]:
    """Titles by check and slice."""
    return [[finding_title(title, part) for part in slices(domain)] for _, title in CHECKS]


def keys(domain: int) -> list[str]:
    """The digest of each slice."""
    return [digest(dict(part)) for part in slices(domain)]
