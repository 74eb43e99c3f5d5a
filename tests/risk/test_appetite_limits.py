"""Which limits a service keeps."""

from __future__ import annotations

from shield.risk.appetite.limits import LIMITS, Breach, Limits, Position, breaches

GOOD = Position(score=20.0, critical=0, high=2, coverage=0.95, age_days=10.0)
NEVER = Position(score=30.0, critical=0, high=0, coverage=None, age_days=None)


def test_without_limits_nothing_is_breached() -> None:
    assert breaches(GOOD, Limits()) == ()
    assert Limits().is_empty


def test_the_limit_itself_is_within_the_appetite() -> None:
    limits = Limits(20.0, 0, 2, 0.95, 10)
    assert breaches(GOOD, limits) == ()
    assert set(limits.as_json()) == set(LIMITS)


def test_each_limit_is_held_by_itself() -> None:
    found = breaches(GOOD, Limits(19.9, None, 1, 0.96, 9))
    assert found == (
        Breach("max_score", 19.9, 20.0),
        Breach("max_high", 1, 2),
        Breach("min_coverage", 0.96, 0.95),
        Breach("max_age_days", 9, 10.0),
    )


def test_what_was_never_assessed_keeps_no_limit_of_coverage_or_age() -> None:
    found = breaches(NEVER, Limits(min_coverage=0.0, max_age_days=10_000))
    assert [each.limit for each in found] == ["min_coverage", "max_age_days"]
    assert all(each.value is None for each in found)
