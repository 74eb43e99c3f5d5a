"""Shows that verdicts keep their promises, on data whose truth is known.

    python -m benchmarks.validity [--quick] [--seed 0] [--json F]

Both errors are measured in the same configuration: the real checks, judged by the real policy of the
tier "high" through the engine that assesses services. Exit code 1 when a promise is not kept.
The whole takes about twelve minutes of one core. `--quick` simulates a tenth; its bars on simulated
shares allow for three standard errors. Coverage by simulation always allows for two.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.validity_audits import EVERY, PARITY, World, tally
from benchmarks.validity_coverage import exact_coverage
from benchmarks.validity_families import family_coverage, scenarios
from benchmarks.validity_gaps import gap_figures
from benchmarks.validity_scores import SCENARIOS, failed, sizes_of
from shield.evidence.statistics.proportions import rate_interval

FALSE_ALARMS = 0.07
POWER = 0.95
FAMILY_WISE = 0.94


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured share and the bar that it has to keep."""

    name: str
    value: float
    bar: str
    kept: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is simulated, and how many standard errors a bar on a simulated share allows for."""

    audits: int
    sizes: tuple[int, ...]
    scan: int
    coverage: int
    slack: float


WIDE = Effort(
    audits=1000,
    sizes=(*range(5, 101), *range(110, 501, 10), 600, 800, 1000, 1400, 2000),
    scan=400,
    coverage=1000,
    slack=0.0,
)
QUICK = Effort(
    audits=100,
    sizes=(*range(5, 21), 30, 50, 70, 100, 150, 200, 300),
    scan=40,
    coverage=100,
    slack=3.0,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the audits")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    effort = QUICK if options.quick else WIDE
    figures, began = [], time.process_time()
    for section in (rates, false_alarms, power, scores, families, gaps):
        print(f"\n{(section.__doc__ or '').splitlines()[0]}")
        for figure in section(effort, options.seed):
            figures.append(figure)
            mark = "kept  " if figure.kept else "MISSED"
            print(f"  {mark} {figure.name:<66} {figure.value:7.4f}  {figure.bar}  {figure.detail}")
            sys.stdout.flush()
    missed = sum(not figure.kept for figure in figures)
    print(f"\n{len(figures)} bars, {missed} missed, {time.process_time() - began:.0f} s CPU")
    if options.json:
        body = {"seed": options.seed, "effort": asdict(effort)}
        body["figures"] = [asdict(figure) for figure in figures]
        options.json.write_text(json.dumps(body, indent=2) + "\n")
    return 1 if missed else 0


def rates(effort: Effort, seed: int) -> Iterable[Figure]:
    """Intervals for one rate: exact enumeration, p from 0.01 to 0.99 and beside every interval end"""
    grid = np.linspace(0.01, 0.99, 981)
    results = [exact_coverage(rate_interval, n, grid) for n in effort.sizes]
    at = int(np.argmin([lowest for _, lowest in results]))
    sizes = f"n from {effort.sizes[0]} to {effort.sizes[-1]}, {len(effort.sizes)} sizes"
    lowest, mean = results[at][1], float(np.mean([each.mean() for each, _ in results]))
    yield Figure(
        "lowest coverage", lowest, "≥ 0.92", lowest >= 0.92, f"at n = {effort.sizes[at]}; {sizes}"
    )
    yield Figure("mean coverage", mean, "0.94 … 0.97", 0.94 <= mean <= 0.97)


def false_alarms(effort: Effort, seed: int) -> Iterable[Figure]:
    """Runs with any fail, of seven judged checks, where no limit is exceeded"""
    rng = np.random.default_rng(seed)
    worlds_of = {
        "fair, 2 to 50 groups, equal and very unequal": _mixed(effort.audits, 1.0, rng),
        "true ratio exactly 0.8, 2 to 50 groups, equal and very unequal": _mixed(
            effort.audits, 0.8, rng
        ),
    }
    for groups, size in ((2, 30), (2, 100), (2, 1000), (2, 20_000), (3, 1000), (3, 20_000)):
        name = f"true ratio exactly 0.8, {groups} groups of {size:,}"
        worlds_of[name] = [World(np.full(groups, size), _rates(groups, 0.8, 0))] * effort.audits
    worlds_of["true ratio exactly 0.8, 2 groups of 100 and 10,000"] = [
        World(np.array([100, 10_000]), _rates(2, 0.8, 0))
    ] * effort.audits
    worlds_of["true ratio exactly 0.8 in half of 6 groups of 1,000"] = [
        World(np.full(6, 1000), np.array([0.4, 0.4, 0.4, 0.5, 0.5, 0.5]))
    ] * effort.audits
    for name, worlds in worlds_of.items():
        made = tally(worlds, EVERY, rng)
        share = made.failed_every / made.audits
        by_check = {check.split(".")[1]: count for check, count in made.fails.items() if count}
        detail = f"{made.failed_every} of {made.audits}: {by_check}"
        yield _at_most(name, share, FALSE_ALARMS, made.audits, effort.slack, detail)


def power(effort: Effort, seed: int) -> Iterable[Figure]:
    """Verdicts of selection-rate ratio and demographic parity together, base rate 0.5"""
    rng = np.random.default_rng(seed + 1)
    for groups, size in ((2, 1000), (3, 1000), (50, 2500)):
        world = World(np.full(groups, size), np.full(groups, 0.5))
        made = tally([world] * effort.audits, PARITY, rng)
        share = made.parity_passed / made.audits
        name = f"fair ends pass, {groups} groups of {size:,}"
        yield _at_least(name, share, POWER, made.audits, effort.slack)
    for groups in (2, 3, 5, 10, 20, 50):
        world = World(np.full(groups, 1000), _rates(groups, 0.6, 0))
        made = tally([world] * effort.audits, PARITY, rng)
        name = f"one group's true ratio 0.6 ends fail, {groups} groups of 1,000"
        yield _at_least(name, made.parity_failed / made.audits, POWER, made.audits, effort.slack)


def scores(effort: Effort, seed: int) -> Iterable[Figure]:
    """Scores, errors, classes, strata, several rows a person: any fail at parity, at the limit, beyond"""
    rng = np.random.default_rng(seed + 4)
    audits = max(effort.audits * 2 // 5, 40)
    for scenario in SCENARIOS:
        for where, far in (("fair", 0.0), ("one group at the limit", scenario.far)):
            share = failed(scenario, [sizes_of(n, rng) for n in range(audits)], far, rng) / audits
            name = f"{scenario.name}: {where}"
            yield _at_most(name, share, FALSE_ALARMS, audits, effort.slack, "")
        for groups in (2, 10):
            world = np.full(groups, scenario.rows)
            far = scenario.far * scenario.beyond
            share = failed(scenario, [world] * (audits // 2), far, rng) / (audits // 2)
            name = f"{scenario.name}: {scenario.beyond:g} × it, {groups} × {scenario.rows:,}"
            yield _at_least(name, share, POWER, audits // 2, effort.slack)


def families(effort: Effort, seed: int) -> Iterable[Figure]:
    """Simultaneous intervals: the share of audits in which all of a family hold; the lowest, drawn anew"""
    rng = np.random.default_rng(seed + 2)
    scanned = []
    for name, title, p, n in scenarios():
        audits = max(effort.scan // (1 if n.size < 20 else 4), 20)
        scanned.append((family_coverage(name, p, n, audits=audits, rng=rng), name, title, p, n))
    scanned.sort(key=lambda each: each[0])
    # The lowest of hundreds of shares is low by chance as well; fresh draws take that part off.
    for _, name, title, p, n in scanned[:6]:
        share = family_coverage(name, p, n, audits=2 * effort.coverage, rng=rng)
        yield _at_least(f"{name}, {title}", share, FAMILY_WISE, 2 * effort.coverage, 2.0)
    mean = float(np.mean([each[0] for each in scanned]))
    yield Figure(f"mean of {len(scanned)} scenarios", mean, "≥ 0.95", mean >= 0.95)


def gaps(effort: Effort, seed: int) -> Iterable[Figure]:
    """The largest gap over 2 to 50 groups: coverage of its interval, and bias before → after correction"""
    rng = np.random.default_rng(seed + 3)
    for made in gap_figures(effort.coverage, rng):
        detail = (
            f"bias {made.naive - made.true:+.3f} → {made.corrected - made.true:+.3f};"
            f" true gap {made.true:.2f}, by chance alone {made.null:.3f}"
        )
        yield _at_least(made.name, made.coverage, FAMILY_WISE, effort.coverage, 2.0, detail)


def _mixed(audits: int, ratio: float, rng: np.random.Generator) -> list[World]:
    """2 to 50 groups; half of the audits with equal sizes, half with very unequal ones."""
    worlds = []
    for number in range(audits):
        groups = int(rng.integers(2, 51))
        size = int(rng.choice([30, 100, 300, 1000, 3000]))
        if number % 2:
            sizes = np.full(groups, size)
        else:
            shares = np.exp(rng.normal(0.0, 1.5, groups))
            sizes = np.maximum((shares / shares.mean() * size).astype(np.int64), 5)
        worlds.append(World(sizes, _rates(groups, ratio, int(rng.integers(groups)))))
    return worlds


def _rates(groups: int, ratio: float, apart: int) -> np.ndarray:
    """0.5 everywhere, and 0.5 × `ratio` in one group."""
    rates = np.full(groups, 0.5)
    rates[apart] *= ratio
    return rates


def _at_most(name: str, share: float, bar: float, audits: int, slack: float, detail: str) -> Figure:
    allowed = bar + slack * np.sqrt(bar * (1 - bar) / audits)
    return Figure(name, share, f"≤ {bar}", bool(share <= allowed), detail)


def _at_least(
    name: str, share: float, bar: float, audits: int, slack: float, detail: str = ""
) -> Figure:
    allowed = bar - slack * np.sqrt(bar * (1 - bar) / audits)
    return Figure(name, share, f"≥ {bar}", bool(share >= allowed), detail)


if __name__ == "__main__":
    sys.exit(main())
