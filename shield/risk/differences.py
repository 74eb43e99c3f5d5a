"""What differs between two policies, and whether the new one is looser. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shield.evidence.measurement import Threshold
from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy, Rule

LOOSER: Final = "looser"
TIGHTER: Final = "tighter"
BOTH: Final = "both"
"""Looser in one respect and tighter in another."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs; `what` is limit, grave, severity, grave_severity, required, rule,
    fail_on, checks or cadence_days; `check` is "" for the last three."""

    check: str
    what: str
    before: object
    after: object
    direction: str

    def as_json(self) -> dict[str, object]:
        """The form in which a report and the API have it."""
        return {
            "check": self.check,
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "direction": self.direction,
        }


def threshold_is_looser(old: Threshold | None, new: Threshold | None) -> bool:
    """True when `new` lets some value through that `old` does not; None lets everything through."""
    if old is None:
        return False
    if new is None:
        return True
    below = old.min is not None and (new.min is None or new.min < old.min)
    above = old.max is not None and (new.max is None or new.max > old.max)
    return below or above


def rule_is_looser(old: Rule | None, new: Rule | None) -> bool:
    """True when for some interval `new` gives a better outcome or a lesser severity than `old`, or
    when it is no longer required."""
    if old is None:
        return False
    if new is None:
        return True
    return (
        threshold_is_looser(old.threshold, new.threshold)
        or _severity_is_looser(old, new)
        or (old.required and not new.required)
    )


def is_looser(old: Policy, new: Policy) -> bool:
    """True when `new` lets anything pass that `old` does not: limits, severities, what is required,
    what fails the gate, or what is asked for at all."""
    return any(each.direction in (LOOSER, BOTH) for each in policy_differences(old, new))


def policy_differences(old: Policy, new: Policy) -> tuple[Difference, ...]:
    """Everything that differs, checks in alphabetical order, then the gate and what is asked for."""
    return tuple(_differences(old, new))


def _differences(old: Policy, new: Policy) -> Iterator[Difference]:
    for check in sorted(set(old.rules) | set(new.rules)):
        yield from _rule_differences(check, old.rules.get(check), new.rules.get(check))
    if old.fail_on != new.fail_on:
        looser = not old.fail_on.at_least(new.fail_on)
        yield Difference("", "fail_on", old.fail_on.value, new.fail_on.value, _side(looser))
    if set(old.checks) != set(new.checks):
        fewer = any(not asks_for(new.checks, check) for check in old.checks)
        more = any(not asks_for(old.checks, check) for check in new.checks)
        direction = BOTH if fewer and more else _side(fewer)
        yield Difference("", "checks", sorted(old.checks), sorted(new.checks), direction)


def asks_for(checks: Sequence[str], check: str) -> bool:
    """Whether a list of pillars and check ids contains `check`, by its own name or its pillar's."""
    return check in checks or check.split(".", 1)[0] in checks


def _rule_differences(check: str, old: Rule | None, new: Rule | None) -> Iterator[Difference]:
    if old is None or new is None:
        if old is not new:
            before, after = old and old.as_json(), new and new.as_json()
            yield Difference(check, "rule", before, after, _side(new is None))
        return
    if old.threshold != new.threshold:
        looser = threshold_is_looser(old.threshold, new.threshold)
        tighter = threshold_is_looser(new.threshold, old.threshold)
        yield Difference(
            check, "limit", old.threshold.as_json(), new.threshold.as_json(),
            BOTH if looser and tighter else _side(looser),
        )  # fmt: skip
    if old.severity != new.severity:
        lesser = not new.severity.at_least(old.severity)
        yield Difference(check, "severity", old.severity.value, new.severity.value, _side(lesser))
    if (old.grave, old.grave_severity) != (new.grave, new.grave_severity):
        looser, tighter = _grave_is_looser(old, new), _grave_is_looser(new, old)
        if looser or tighter or old.grave != new.grave:
            yield Difference(
                check, "grave", _grave(old), _grave(new),
                BOTH if looser and tighter else _side(looser),
            )  # fmt: skip
    if old.required != new.required:
        yield Difference(check, "required", old.required, new.required, _side(old.required))


def _side(looser: bool) -> str:
    return LOOSER if looser else TIGHTER


def _grave(rule: Rule) -> Mapping[str, object] | None:
    if rule.grave is None:
        return None
    return {**rule.grave.as_json(), "severity": rule.grave_severity.value}


def _severity_is_looser(old: Rule, new: Rule) -> bool:
    """True when a failure of some size has a lesser severity under `new`."""
    return not new.severity.at_least(old.severity) or _grave_is_looser(old, new)


def _grave_is_looser(old: Rule, new: Rule) -> bool:
    """True when what is grave under `old` has a lesser severity under `new`.

    A grave failure under `new` is at least as grave as the plain one was, or the plain severity of
    `new` is enough already: then the size does not matter.
    """
    if old.grave is None:
        # Only a "grave" severity below the plain one can make a large failure count for less.
        return new.grave is not None and not new.grave_severity.at_least(old.severity)
    if new.grave is None:
        return not new.severity.at_least(old.grave_severity)
    if threshold_is_looser(old.grave, new.grave) and not new.severity.at_least(old.grave_severity):
        return True
    wanted: Severity = old.grave_severity
    return not new.grave_severity.at_least(wanted) or (
        threshold_is_looser(new.grave, old.grave) and not new.grave_severity.at_least(old.severity)
    )
