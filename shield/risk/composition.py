"""From a tier's policy, approved exceptions and a manifest's wishes to the policy that judges a run.

Pure: whoever calls it has read the tier's policy and the exceptions in force.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from shield.common.errors import InvalidInput
from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy, Rule
from shield.risk.defaults import NEW_RULE_SEVERITY

LOOSER: Final = "policy.looser_needs_approval"
Warnings = tuple[tuple[str, str], ...]


def policy_compose(
    policy: Policy,
    *,
    overrides: Mapping[str, Threshold] | None = None,
    checks: Sequence[str] = (),
    fail_on: str | None = None,
    exceptions: Mapping[str, Threshold] | None = None,
) -> tuple[Policy, Warnings]:
    """The tier's policy with a manifest's overrides, and warnings (code, message).

    `exceptions` are limits that were approved for this service alone, for a time: they stand in for
    the tier's. An override may tighten a limit or set one where the tier has none; of a looser one the
    limit stays in force and a warning says so, limit by limit. `checks` replaces what the tier asks
    for, but what the tier requires for the gate stays required. `fail_on` may only go down.

    Raises InvalidInput when no value can satisfy an override together with the tier's limit.
    """
    rules = dict(policy.rules)
    excepted = sorted(set(exceptions or {}) & set(rules))
    for check in excepted:
        rules[check] = excepted_rule(rules[check], (exceptions or {})[check])
    warnings: list[tuple[str, str]] = []
    for check, wanted in sorted((overrides or {}).items()):
        rules[check] = _rule(check, rules.get(check), wanted, warnings)
    gate = _fail_on(policy.fail_on, fail_on, warnings)
    named = f"{policy.name}+exception" if excepted else policy.name
    if overrides or checks or fail_on:
        named = f"{named}+manifest"
    return replace(
        policy, name=named, rules=rules, checks=tuple(checks) or policy.checks, fail_on=gate
    ), tuple(warnings)


def excepted_rule(rule: Rule, threshold: Threshold) -> Rule:
    """The tier's rule with the limit that was approved for one service."""
    return replace(rule, threshold=threshold)


def effective_rule(
    rule: Rule | None, *, override: Threshold | None, exception: Threshold | None
) -> Rule | None:
    """The rule that judges one check of one service: as `policy_compose`, without warnings.

    An override that no value can satisfy leaves the tier's limit as it is: such a run cannot start.
    """
    if rule is not None and exception is not None:
        rule = excepted_rule(rule, exception)
    if override is None:
        return rule
    try:
        return _rule("", rule, override, [])
    except InvalidInput:
        return rule


def _rule(
    check: str, known: Rule | None, wanted: Threshold, warnings: list[tuple[str, str]]
) -> Rule:
    if known is None:
        return Rule(wanted, severity=NEW_RULE_SEVERITY, required=True)
    kept = known.threshold
    low, high = _tighter(kept.min, wanted.min, max), _tighter(kept.max, wanted.max, min)
    for name, limit, asked in (("min", low, wanted.min), ("max", high, wanted.max)):
        if asked is not None and asked != limit:
            warnings.append(
                (
                    LOOSER,
                    f"policy.{check}: {name} {asked:g} is looser than the tier's {limit:g}; "
                    f"{limit:g} stays in force until the change is approved.",
                )
            )
    if low is not None and high is not None and low > high:
        raise InvalidInput(
            "policy.impossible",
            f"policy.{check}: no value is at least {low:g} and at most {high:g}, the limits that "
            "the manifest and the tier set together.",
            "Correct the manifest's limit.",
        )
    return replace(known, threshold=Threshold(min=low, max=high))


def _tighter(
    kept: float | None, wanted: float | None, choose: Callable[[list[float]], float]
) -> float | None:
    limits = [limit for limit in (kept, wanted) if limit is not None]
    return choose(limits) if limits else None


def _fail_on(kept: Severity, wanted: str | None, warnings: list[tuple[str, str]]) -> Severity:
    if wanted is None:
        return kept
    asked = Severity(wanted)
    if kept.at_least(asked):
        return asked
    warnings.append(
        (
            LOOSER,
            f"gate.fail_on: {asked.value} lets more pass than the tier's {kept.value}; "
            f"{kept.value} stays in force until the change is approved.",
        )
    )
    return kept
