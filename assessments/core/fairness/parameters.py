"""Typed parameters of the fairness checks; a manifest sets them under `parameters`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from assessments.core.metrics.calibration import CalibrationParameters


class Against(StrEnum):
    """What a group is compared with."""

    BEST = "best"  # the group with the highest value
    WORST = "worst"  # the group with the lowest value
    OVERALL = "overall"  # everybody, the group included
    REST = "rest"  # all other rows
    REFERENCE = "reference"  # the group that the manifest names


_COMPARISON = {
    "help": "What each group is compared with: best, worst, overall, rest or reference."
    " Default: the reference group that the manifest names for the column; without one, the group"
    " with the highest rate for ratios of selection rates, else all other rows."
}


@dataclass(frozen=True, slots=True)
class GapParameters:
    """Parameters of a check that compares groups."""

    comparison: Against | None = field(default=None, metadata=_COMPARISON)


@dataclass(frozen=True, slots=True)
class CalibrationGapParameters(CalibrationParameters):
    """Parameters of the calibration gap."""

    comparison: Against | None = field(default=None, metadata=_COMPARISON)


@dataclass(frozen=True, slots=True)
class StratifiedParameters:
    """Parameters of a comparison within strata."""

    comparison: Literal["rest", "reference"] | None = field(
        default=None,
        metadata={
            "help": "rest (all other rows) or reference (the group that the manifest names)."
            " Default: the named reference group, without one all other rows."
        },
    )


def against_text(against: Against, what: str = "value") -> str:
    """Whom a group is compared with, in words; `what` names the number ("selection rate")."""
    return {
        Against.BEST: f"the group with the highest {what}",
        Against.WORST: f"the group with the lowest {what}",
        Against.OVERALL: "everybody",
        Against.REST: "all other rows",
        Against.REFERENCE: "the reference group",
    }[against]
