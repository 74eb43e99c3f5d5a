"""What every tier asks for, as data.

Every tier judges with the same numbers; a higher tier asks for more checks, requires more of them
for the gate and lets graver and lighter failures stop it. A check without a rule is descriptive.
Sources: the four-fifths rule is 29 CFR 1607.4(D); the other limits are the product's conventions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy, Rule
from shield.registry.choices import Tier

VERSION: Final = "1"
NEW_RULE_SEVERITY: Final = Severity.HIGH
"""Of a limit that a manifest sets where the tier has none: whoever asks for it wants it to count."""


def _within(limit: float) -> Threshold:
    return Threshold(min=-limit, max=limit)


def _rate_difference(severity: Severity, grave: Severity) -> Rule:
    """Differences of rates: 0.10 either way; grave beyond 0.20."""
    return Rule(_within(0.10), severity=severity, grave=_within(0.20), grave_severity=grave)


def _fine_gap(severity: Severity, grave: Severity) -> Rule:
    """Gaps of AUC and calibration: 0.05 either way; grave beyond 0.10."""
    return Rule(_within(0.05), severity=severity, grave=_within(0.10), grave_severity=grave)


_RATIO: Final = Rule(Threshold(min=0.8), severity=Severity.HIGH, grave=Threshold(min=0.6))

_HARM: Final = _rate_difference(Severity.HIGH, Severity.CRITICAL)
_QUALITY: Final = _rate_difference(Severity.MEDIUM, Severity.HIGH)
_FINE: Final = _fine_gap(Severity.MEDIUM, Severity.HIGH)

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        # two classes: who gets the favourable decision, then how right the decisions are
        "fairness.selection_rate_ratio": _RATIO,
        "fairness.demographic_parity_difference": _HARM,
        "fairness.conditional_statistical_parity_difference": _HARM,
        "fairness.equal_opportunity_difference": _HARM,
        "fairness.equalized_odds_difference": _HARM,
        "fairness.predictive_parity_difference": _QUALITY,
        "fairness.accuracy_difference": _QUALITY,
        "fairness.balanced_accuracy_difference": _QUALITY,
        "fairness.calibration_gap": _FINE,
        "fairness.auc_gap": _FINE,
        # several classes, each class by itself
        "fairness.multiclass_demographic_parity_difference": _HARM,
        "fairness.multiclass_equal_opportunity_difference": _HARM,
        "fairness.multiclass_predictive_parity_difference": _QUALITY,
        "fairness.multiclass_accuracy_difference": _QUALITY,
        # numbers: R² has no unit; gaps in the target's own unit need a limit from the manifest
        "fairness.r2_gap": _QUALITY,
    }
)
"""Check id → rule, the same numbers for every tier; what a reader asks about first comes first."""

_IMPORTANCE: Final = {check: rank for rank, check in enumerate(RULES)}


def importance(check: str) -> tuple[int, str]:
    """Sort key for lists of checks: those with a limit in the order of `RULES`, then the others."""
    return _IMPORTANCE.get(check, len(_IMPORTANCE)), check


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """What one tier asks for: checks to run, checks that the gate requires, and what fails it."""

    checks: tuple[str, ...]
    required: frozenset[str]
    fail_on: Severity


_LOW: Final = TierPolicy(
    checks=(
        "fairness.selection_rate",
        "fairness.selection_rate_ratio",
        "fairness.demographic_parity_difference",
        "fairness.multiclass_selection_rate",
        "fairness.multiclass_demographic_parity_difference",
        "fairness.mean_prediction",
        "fairness.mean_prediction_gap",
        "performance",
    ),
    required=frozenset(
        {
            "fairness.demographic_parity_difference",
            "fairness.multiclass_demographic_parity_difference",
        }
    ),
    fail_on=Severity.CRITICAL,
)
_MODERATE: Final = TierPolicy(
    checks=(
        *_LOW.checks,
        "fairness.conditional_statistical_parity_difference",
        "fairness.true_positive_rate",
        "fairness.equal_opportunity_difference",
        "fairness.multiclass_recall",
        "fairness.multiclass_equal_opportunity_difference",
        "fairness.mean_error",
        "fairness.mean_error_gap",
        "fairness.r2",
        "fairness.r2_gap",
    ),
    required=_LOW.required | {"fairness.selection_rate_ratio"},
    fail_on=Severity.HIGH,
)
_HIGH: Final = TierPolicy(
    checks=("fairness", "performance"),
    required=_MODERATE.required
    | {
        "fairness.equal_opportunity_difference",
        "fairness.multiclass_equal_opportunity_difference",
        "fairness.r2_gap",
    },
    fail_on=Severity.HIGH,
)
_CRITICAL: Final = TierPolicy(
    checks=_HIGH.checks,
    required=_HIGH.required
    | {"fairness.equalized_odds_difference", "fairness.multiclass_predictive_parity_difference"},
    fail_on=Severity.MEDIUM,
)

TIERS: Final[Mapping[str, TierPolicy]] = MappingProxyType(
    {Tier.LOW: _LOW, Tier.MODERATE: _MODERATE, Tier.HIGH: _HIGH, Tier.CRITICAL: _CRITICAL}
)


def tier_policy(tier: str) -> Policy:
    """The policy of a tier before any override. Raises KeyError for a tier that is none."""
    asked = TIERS[tier]
    rules = {
        check: replace(rule, required=check in asked.required) for check, rule in RULES.items()
    }
    return Policy(
        name=f"tier-{Tier(tier).value}",
        version=VERSION,
        checks=asked.checks,
        fail_on=asked.fail_on,
        rules=rules,
    )
