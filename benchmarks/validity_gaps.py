"""Bias and coverage of the largest gap, on groups whose true rates are known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from shield.evidence.statistics.gaps import rate_gap


@dataclass(frozen=True, slots=True)
class GapFigures:
    """Means over the simulated audits of one scenario."""

    name: str
    true: float
    naive: float
    corrected: float
    null: float
    coverage: float


def gap_figures(audits: int, rng: np.random.Generator) -> Iterable[GapFigures]:
    """Equal rates, rates spread evenly over 0.2 … 0.4, and one group of many apart."""
    for groups in (2, 5, 20, 50):
        sizes = {
            "200 each": np.full(groups, 200),
            "30 to 5,000": np.geomspace(30, 5000, groups).astype(np.int64),
        }
        truths = {
            "equal rates": np.full(groups, 0.3),
            "spread rates": np.linspace(0.2, 0.4, groups),
            "largest group apart": np.where(np.arange(groups) == groups - 1, 0.45, 0.3),
        }
        for size, n in sizes.items():
            for truth, p in truths.items():
                made = [rate_gap(rng.binomial(n, p), n, rng=rng) for _ in range(audits)]
                true = float(np.ptp(p))
                held = [g.interval[0] <= true + 1e-9 and true <= g.interval[1] + 1e-9 for g in made]
                yield GapFigures(
                    name=f"{groups} groups, {size}, {truth}",
                    true=true,
                    naive=float(np.mean([g.naive for g in made])),
                    corrected=float(np.mean([g.value for g in made])),
                    null=float(np.mean([g.null_gap for g in made])),
                    coverage=float(np.mean(held)),
                )
