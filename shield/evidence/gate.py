"""The gate: may this version go on? A separate, smaller question than "is everything good?"."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from shield.evidence.canonical import digest
from shield.evidence.measurement import Measurement
from shield.evidence.outcome import Outcome, Severity
from shield.evidence.policy import Policy

PASSED: Final = 0
FAILED: Final = 1
INCONCLUSIVE: Final = 2
NOT_ASSESSED: Final = 3

_EXITS: Final = {
    Outcome.PASS: PASSED,
    Outcome.FAIL: FAILED,
    Outcome.INCONCLUSIVE: INCONCLUSIVE,
    Outcome.ERROR: NOT_ASSESSED,
}


@dataclass(frozen=True, slots=True)
class AcceptedRisk:
    """An acceptance that covers a failure: what a reader of the gate's answer must know of it.

    `finding` is the label that people say, `expires_at` an ISO 8601 time in UTC.
    """

    finding: str
    fingerprint: str
    expires_at: str
    approver: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """The form that the result document has."""
        return {
            "finding": self.finding,
            "fingerprint": self.fingerprint,
            "expires_at": self.expires_at,
            "approver": self.approver,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class FalsePositive:
    """Two people found that a failure is none: what a reader of the gate's answer must know of it.

    It has no end of its own; a materially worse or graver failure is not covered.
    """

    finding: str
    fingerprint: str
    confirmed_at: str
    confirmed_by: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """The form that the result document has."""
        return {
            "finding": self.finding,
            "fingerprint": self.fingerprint,
            "confirmed_at": self.confirmed_at,
            "confirmed_by": self.confirmed_by,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Gate:
    """The answer: pass, fail, inconclusive, or error when there was nothing to answer from.

    `accepted` lists the fingerprints of the failures that an active acceptance covers;
    `accepted_risks` says the same with who accepted them, why and until when. `false_positives` are
    the failures that two people called none.
    """

    outcome: Outcome
    fail_on: Severity
    accepted: tuple[str, ...] = ()
    accepted_risks: tuple[AcceptedRisk, ...] = ()
    false_positives: tuple[FalsePositive, ...] = ()

    @property
    def exit(self) -> int:
        """The exit code of every command that gates: 0 passed, 1 failed, 2 inconclusive, 3 neither."""
        return _EXITS[self.outcome]

    def as_json(self) -> dict[str, object]:
        """The form that the result document has."""
        return {
            "outcome": self.outcome.value,
            "exit": self.exit,
            "fail_on": self.fail_on.value,
            "accepted": list(self.accepted),
            "accepted_risks": [risk.as_json() for risk in self.accepted_risks],
            "false_positives": [each.as_json() for each in self.false_positives],
        }


def slice_fingerprint(measurement: Measurement) -> str:
    """An identity within one service: check and slice, never values."""
    return digest({"check": measurement.check, "slice": dict(measurement.slice)})


def gate(
    measurements: Iterable[Measurement],
    policy: Policy,
    accepted: Collection[str] | Mapping[str, AcceptedRisk] = (),
    *,
    false_positives: Mapping[str, FalsePositive] | None = None,
    fingerprint: Callable[[Measurement], str] = slice_fingerprint,
) -> Gate:
    """Decide the gate of one run from its judged measurements.

    * error, when not a single value was measured: nothing measured is never a pass;
    * fail, when a failed measurement of severity ≥ `fail_on` is covered neither by `accepted`, the
      fingerprints with an active acceptance (as a mapping it also says what to tell of each), nor by
      `false_positives`, those that two people called none;
    * inconclusive, when none fails but a check that the policy requires is inconclusive, in error
      or unmeasured; a covered failure counts as decided;
    * pass otherwise.
    """
    judged = list(measurements)
    if all(each.value is None for each in judged):
        return Gate(Outcome.ERROR, policy.fail_on)
    grave = [each for each in judged if _is_grave(each, policy.fail_on)]
    failures = {fingerprint(each) for each in grave}
    covered, none = failures & set(accepted), false_positives or {}
    if failures - covered - none.keys():
        outcome = Outcome.FAIL
    elif all(_is_decided(check, judged) for check in _required(policy)):
        outcome = Outcome.PASS
    else:
        outcome = Outcome.INCONCLUSIVE
    known = accepted if isinstance(accepted, Mapping) else {}
    risks = tuple(known[each] for each in sorted(covered) if each in known)
    called_none = tuple(none[each] for each in sorted(failures - covered) if each in none)
    return Gate(outcome, policy.fail_on, tuple(sorted(covered)), risks, called_none)


def _is_grave(measurement: Measurement, fail_on: Severity) -> bool:
    severity = measurement.severity
    return (
        measurement.outcome is Outcome.FAIL and severity is not None and severity.at_least(fail_on)
    )


def _required(policy: Policy) -> list[str]:
    return [check for check, rule in policy.rules.items() if rule.required]


def _is_decided(check: str, measurements: Iterable[Measurement]) -> bool:
    """Every part that was judged passes or fails, and there is at least one."""
    outcomes = {each.outcome for each in measurements if each.check == check}
    return bool(outcomes & {Outcome.PASS, Outcome.FAIL}) and not outcomes & {
        Outcome.INCONCLUSIVE,
        Outcome.ERROR,
    }
