"""Our fairness engine and its peers on the same data: CPU seconds, and the ratio.

    python -m benchmarks.fairness [--quick] [--rows 1000000] [--groups 200] [--json F]

Ten confusion-matrix metrics per group, as point values and with intervals from 1,000 bootstrap
replicates; AUC per group with standard errors. Peers: fairlearn's MetricFrame (its bootstrap is
measured at 2 replicates and extrapolated linearly to 1,000, because 1,000 would take hours),
aequitas's crosstabs (installed into a temporary environment, because it pins pandas below 3), and
scikit-learn in a loop over groups. Seconds are CPU seconds of one process with one BLAS thread, the
least of several repeats for ours and aequitas. Columns are in memory; ours takes integer codes, as
the product reads them from Arrow; the line "with text labels" adds the encoding of strings.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")

import numpy as np  # noqa: E402
import pyarrow as pa  # noqa: E402

from assessments.core.metrics.bootstrap import bootstrap_interval  # noqa: E402
from assessments.core.metrics.counts import cell_codes, cell_counts  # noqa: E402
from assessments.core.metrics.ranking import grouped_auc, rank_scores  # noqa: E402
from assessments.core.metrics.rates import RATES, rate_table  # noqa: E402
from benchmarks.fairness_peers import Columns, metric_frame, run_aequitas  # noqa: E402
from shield.evidence.statistics.proportions import rate_interval  # noqa: E402

T = TypeVar("T")
REPLICATES = 1000
PEER_REPLICATES = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the result: ours, the peer's, the ratio, and the bar that was promised."""

    what: str
    ours_s: float
    peer: str = ""
    peer_s: float | None = None
    ratio: float | None = None
    bar: str = ""
    met: bool | None = None
    note: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 rows, 20 groups, no aequitas")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--groups", type=int, default=200)
    parser.add_argument(
        "--json", metavar="F", help="write the result as JSON ('-': standard output)"
    )
    options = parser.parse_args()
    if options.quick:
        options.rows, options.groups = 100_000, 20
    columns = draw(options.rows, options.groups)
    lines = [*ours_alone(columns), *against_fairlearn(columns), against_scikit_learn(columns)]
    lines.append(
        Line("points", 0.0, "aequitas", note="left out by --quick")
        if options.quick
        else against_aequitas(columns)
    )
    result = {
        "benchmark": "fairness",
        "rows": options.rows,
        "groups": options.groups,
        "metrics": [rate.name for rate in RATES],
        "lines": [asdict(line) for line in lines],
    }
    if options.json == "-":
        print(json.dumps(result, indent=1))
    else:
        show(result, lines)
        if options.json:
            Path(options.json).write_text(json.dumps(result, indent=1) + "\n")
    return 1 if any(line.met is False for line in lines) and not options.quick else 0


def draw(rows: int, groups: int) -> Columns:
    """Random columns with a base rate of 20 %."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, groups, rows).astype(np.int32)
    label = (rng.random(rows) < 0.2).astype(np.int8)
    score = np.clip(0.3 * label + 0.7 * rng.random(rows), 0, 1)
    return Columns(codes, label, (score > 0.5).astype(np.int8), score, groups)


def points(columns: Columns) -> np.ndarray:
    """Ten metrics per group, shape (10, groups)."""
    return rate_table(count(columns))


def count(columns: Columns) -> np.ndarray:
    """Cells per group, shape (groups, 2, 2)."""
    cells, _ = cell_codes(columns.label, columns.decision)
    return cell_counts(columns.codes, columns.groups, cells, 4).reshape(-1, 2, 2)


def replicated(columns: Columns, replicates: int = REPLICATES) -> tuple[np.ndarray, np.ndarray]:
    """Ten metrics per group with percentile intervals, from the columns."""
    counts = count(columns)
    return bootstrap_interval(
        counts,
        lambda drawn: np.moveaxis(rate_table(drawn), 1, 0),
        replicates=replicates,
        confidence=0.95,
        rng=np.random.default_rng(1),
    )


def analytic(columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """Ten metrics per group with the intervals that the product prints."""
    counts = count(columns)
    k, n = (np.stack(part) for part in zip(*(rate.of(counts) for rate in RATES), strict=True))
    return rate_interval(k, n)


def ours_alone(columns: Columns) -> list[Line]:
    """What the engine costs by itself."""
    boot, _ = cpu(lambda: replicated(columns), 3)
    exact, _ = cpu(lambda: analytic(columns), 3)
    full = len(columns.codes) >= 1_000_000 and columns.groups >= 200
    return [
        Line(
            f"points and {REPLICATES:,}-replicate intervals",
            boot,
            bar="≤ 0.5 s at 1,000,000 rows × 200 groups",
            met=boot <= 0.5 if full else None,
        ),
        Line("points and the product's Beta intervals", exact),
    ]


def against_fairlearn(columns: Columns) -> list[Line]:
    """MetricFrame: point values, then its bootstrap."""
    warnings.simplefilter("ignore")
    mine, table = cpu(lambda: points(columns), 5)
    plain, frame = cpu(lambda: metric_frame(columns), 1)
    names = [rate.name for rate in RATES]
    apart = float(np.nanmax(np.abs(frame.by_group[names].to_numpy(float).T - table)))
    if apart > 1e-9:
        raise AssertionError(f"fairlearn's point values differ by {apart}")
    boot, _ = cpu(lambda: metric_frame(columns, PEER_REPLICATES), 1)
    each = (boot - plain) / PEER_REPLICATES
    whole, ours = plain + REPLICATES * each, cpu(lambda: replicated(columns), 3)[0]
    return [
        Line(
            "points",
            mine,
            "fairlearn MetricFrame",
            plain,
            plain / mine,
            note=f"largest difference of a value {apart:.1e}",
        ),
        Line(
            f"{REPLICATES:,}-replicate intervals",
            ours,
            "fairlearn MetricFrame",
            whole,
            whole / ours,
            bar="≥ 10,000 ×",
            met=whole / ours >= 10_000,
            note=f"peer extrapolated from {PEER_REPLICATES} replicates of {each:.1f} s",
        ),
    ]


def against_scikit_learn(columns: Columns) -> Line:
    """AUC per group; ours gives the DeLong standard errors as well."""
    from sklearn.metrics import roc_auc_score

    mine, found = cpu(
        lambda: grouped_auc(
            rank_scores(columns.score, columns.label), columns.codes, columns.groups
        ),
        3,
    )

    def loop() -> np.ndarray:
        rows = [columns.codes == at for at in range(columns.groups)]
        return np.array([roc_auc_score(columns.label[r], columns.score[r]) for r in rows])

    peer, values = cpu(loop, 1)
    apart = float(np.abs(values - found.auc).max())
    if apart > 1e-9:
        raise AssertionError(f"scikit-learn's AUC differs by {apart}")
    return Line(
        "AUC per group (ours with DeLong standard errors)",
        mine,
        "scikit-learn loop",
        peer,
        peer / mine,
        note=f"largest difference of a value {apart:.1e}",
    )


def against_aequitas(columns: Columns) -> Line:
    """Point values from text labels on both sides, as aequitas takes them."""
    names = np.array([f"g{at:04d}" for at in range(columns.groups)])
    text = pa.array(names[columns.codes])

    def from_text() -> np.ndarray:
        coded = text.dictionary_encode()
        codes = coded.indices.to_numpy().astype(np.int32)
        given = Columns(codes, columns.label, columns.decision, columns.score, columns.groups)
        return points(given)[:, np.argsort(coded.dictionary.to_pylist())]

    mine, table = cpu(from_text, 5)
    peer = run_aequitas(columns)
    if isinstance(peer, str):
        return Line("points with text labels", mine, "aequitas", bar="≥ 5 ×", note=peer)
    for row, name in ((0, "selection_rate"), (1, "true_positive_rate")):
        if not np.allclose(table[row], peer[name], atol=1e-9):
            raise AssertionError(f"aequitas's {name} differs")
    ratio = float(peer["seconds"]) / mine
    return Line(
        "points with text labels",
        mine,
        f"aequitas {peer['version']} crosstabs (pandas {peer['pandas']})",
        float(peer["seconds"]),
        ratio,
        bar="≥ 5 ×",
        met=ratio >= 5,
    )


def cpu(function: Callable[[], T], repeats: int) -> tuple[float, T]:
    """Least CPU seconds of several calls, and the last answer."""
    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        answer = function()
        best = min(best, time.process_time() - start)
    return best, answer


def show(result: dict, lines: list[Line]) -> None:
    """The table that a person reads."""
    print(
        f"{result['rows']:,} rows × {result['groups']} groups × {len(RATES)} metrics, CPU seconds"
    )
    for line in lines:
        peer = "" if line.peer_s is None else f" · {line.peer} {line.peer_s:,.2f} s"
        peer = peer or (f" · {line.peer}" if line.peer else "")
        ratio = "" if line.ratio is None else f" · {line.ratio:,.0f} ×"
        bar = f" · bar {line.bar}" if line.bar else ""
        met = {True: ": met", False: ": NOT met", None: ""}[line.met]
        note = f" ({line.note})" if line.note else ""
        print(f"  {line.what}: {line.ours_s:.4f} s{peer}{ratio}{bar}{met}{note}")


if __name__ == "__main__":
    sys.exit(main())
