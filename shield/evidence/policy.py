"""A policy: which checks a tier asks for, which thresholds judge them, and what fails the gate.

A value object, so that a run can keep the exact policy that judged it. Where policies come from
(defaults, manifest overrides, later approved changes) is the business of `shield.risk`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from shield.evidence.measurement import Measurement, Threshold
from shield.evidence.outcome import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """The threshold of one check.

    A failure has `severity`; it has `grave_severity` when the whole interval lies beyond `grave`
    as well. `required`: the gate is inconclusive unless this check was decided.
    """

    threshold: Threshold
    severity: Severity = Severity.HIGH
    grave: Threshold | None = None
    grave_severity: Severity = Severity.CRITICAL
    required: bool = False

    def severity_of(self, measurement: Measurement) -> Severity:
        """The severity that a failure of this size has."""
        interval = measurement.interval
        if self.grave is None or interval is None:
            return self.severity
        return self.grave_severity if self.grave.excludes(interval) else self.severity

    def as_json(self) -> dict[str, object]:
        """JSON form; `from_json` reads it back."""
        return {
            "threshold": self.threshold.as_json(),
            "severity": self.severity.value,
            "grave": self.grave.as_json() if self.grave else None,
            "grave_severity": self.grave_severity.value,
            "required": self.required,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Rule:
        """The inverse of `as_json`."""
        grave = data.get("grave")
        return cls(
            threshold=Threshold(**data["threshold"]),  # type: ignore[arg-type]
            severity=Severity(str(data["severity"])),
            grave=Threshold(**grave) if isinstance(grave, Mapping) else None,
            grave_severity=Severity(str(data["grave_severity"])),
            required=bool(data["required"]),
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one tier, after the manifest's overrides.

    `checks` are pillars or check ids, as in a manifest. `rules` maps check id → rule; a check
    without a rule is descriptive.
    """

    name: str
    version: str
    checks: tuple[str, ...]
    fail_on: Severity
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """JSON form; its canonical digest is the policy's identity."""
        return {
            "name": self.name,
            "version": self.version,
            "checks": list(self.checks),
            "fail_on": self.fail_on.value,
            "rules": {check: rule.as_json() for check, rule in sorted(self.rules.items())},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Policy:
        """The inverse of `as_json`."""
        rules: Mapping[str, Mapping[str, object]] = data["rules"]  # type: ignore[assignment]
        checks: list[str] = data["checks"]  # type: ignore[assignment]
        return cls(
            name=str(data["name"]),
            version=str(data["version"]),
            checks=tuple(checks),
            fail_on=Severity(str(data["fail_on"])),
            rules={check: Rule.from_json(rule) for check, rule in rules.items()},
        )
