"""From what somebody wrote into a form or sent as JSON to a policy that can be in force."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from shield.common.errors import InvalidInput
from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy, Rule
from shield.risk.catalogue import CHECKS

MOST_CADENCE_DAYS: Final = 1_095
MOST_REVIEW_DAYS: Final = 365


def policy_of(data: Mapping[str, Any], *, base: Policy) -> Policy:
    """The proposed policy: name and version are the base's, everything else as `data` says.

    `data` has the form of `Policy.as_json()`; a part that is left out stays as it is. Raises
    InvalidInput that names the check and what is wrong with it.
    """
    try:
        wanted: Mapping[str, Any] = data.get("rules", base.as_json()["rules"])
        rules = {str(check): Rule.from_json(_complete(rule)) for check, rule in wanted.items()}
        fail_on = Severity(str(data.get("fail_on", base.fail_on.value)))
        checks = tuple(str(each) for each in data.get("checks", base.checks))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(
            "policy.unreadable",
            f"The proposed policy cannot be read: {error}.",
            "Start from the policy in force (GET /api/v1/policies/?tier=…) and change what differs.",
        ) from error
    policy = replace(base, rules=rules, fail_on=fail_on, checks=tuple(dict.fromkeys(checks)))
    _refuse_unusable(policy, base)
    return policy


def _complete(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule may leave out what has a default."""
    return {
        "severity": Severity.HIGH.value,
        "grave": None,
        "grave_severity": Severity.CRITICAL.value,
        "required": False,
        **rule,
    }


def threshold_of(low: float | None, high: float | None, *, check: str) -> Threshold:
    """A limit from two numbers of which one may lack; InvalidInput names the check."""
    for end in (low, high):
        if end is not None and not math.isfinite(end):
            raise _invalid(check, "a limit must be a finite number")
    try:
        return Threshold(low, high)
    except ValueError as error:
        raise _invalid(check, str(error)) from error


def refuse_unusable_rule(check: str, rule: Rule) -> None:
    """Raise InvalidInput for a rule that contradicts itself."""
    threshold_of(rule.threshold.min, rule.threshold.max, check=check)
    if rule.grave is None:
        return
    threshold_of(rule.grave.min, rule.grave.max, check=check)
    if not rule.grave_severity.at_least(rule.severity):
        raise _invalid(check, "a grave failure cannot be less severe than a plain one")
    if _is_inside(rule.grave, rule.threshold):
        raise _invalid(check, "the grave limit must lie beyond the limit, on the same side")


def _is_inside(grave: Threshold, limit: Threshold) -> bool:
    """True when a value within the limit would be grave."""
    below = grave.min is not None and (limit.min is None or grave.min > limit.min)
    above = grave.max is not None and (limit.max is None or grave.max < limit.max)
    return below or above


def _refuse_unusable(policy: Policy, base: Policy) -> None:
    known, pillars = CHECKS.all(), set(CHECKS.pillars())
    _refuse_unknown([c for c in policy.rules if c not in known and c not in base.rules])
    _refuse_unknown(
        [c for c in policy.checks if c not in known and c not in pillars and c not in base.checks]
    )
    if not policy.checks:
        raise InvalidInput(
            "policy.empty", "The policy asks for no check.", "Name a pillar or a check."
        )
    for check, rule in policy.rules.items():
        refuse_unusable_rule(check, rule)


def _refuse_unknown(names: Collection[str]) -> None:
    if names:
        raise InvalidInput(
            "policy.unknown_check",
            f"This installation has no check or pillar {', '.join(sorted(names))}.",
            "Correct the name, or leave it out.",
        )


def refuse_bad_days(*, cadence_days: int, review_days: int) -> None:
    """Raise InvalidInput for a cadence or a review that is none."""
    for name, days, most in (
        ("cadence_days", cadence_days, MOST_CADENCE_DAYS),
        ("review_days", review_days, MOST_REVIEW_DAYS),
    ):
        if not 1 <= days <= most:
            raise InvalidInput(
                "policy.days", f"{name} is {days}; it must be 1 to {most}.", "Correct it."
            )


def _invalid(check: str, what: str) -> InvalidInput:
    return InvalidInput("policy.rule", f"{check}: {what}.", "Correct the rule.")
