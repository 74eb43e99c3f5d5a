"""The peer's side of `benchmarks.fairness`: aequitas's crosstabs on the columns of a .npz file.

Run by path with the Python of an environment that has aequitas (it pins pandas below 3, so it cannot
live beside the product):  python fairness_aequitas.py columns.npz repeats  → one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
import warnings


def main() -> None:
    warnings.simplefilter("ignore")
    import aequitas
    import numpy as np
    import pandas as pd
    from aequitas.group import Group

    with np.load(sys.argv[1]) as columns:
        codes, label, decision = columns["codes"], columns["label"], columns["decision"]
    names = np.array([f"g{at:04d}" for at in range(int(codes.max()) + 1)])
    frame = pd.DataFrame({"group": names[codes], "score": decision, "label_value": label})
    best, table = float("inf"), None
    for _ in range(int(sys.argv[2])):
        start = time.process_time()
        table, _ = Group().get_crosstabs(frame, attr_cols=["group"])
        best = min(best, time.process_time() - start)
    table = table.sort_values("attribute_value")
    print(
        json.dumps(
            {
                "version": getattr(aequitas, "__version__", "unknown"),
                "pandas": pd.__version__,
                "seconds": best,
                "selection_rate": (table["pp"] / table["group_size"]).tolist(),
                "true_positive_rate": table["tpr"].tolist(),
            }
        )
    )


if __name__ == "__main__":
    main()
