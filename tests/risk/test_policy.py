"""Which policy judges: tiers as data, and overrides that only ever tighten."""

from __future__ import annotations

import itertools

import pytest

from assessments.core.check import REGISTRY
from assessments.core.planning import select_checks
from assessments.core.plugins import load_checks
from shield.common.errors import InvalidInput
from shield.evidence.measurement import Interval, Measurement, Threshold
from shield.evidence.outcome import Severity
from shield.evidence.policy import Policy
from shield.registry.choices import Tier
from shield.risk.defaults import RULES, TIERS, tier_policy
from shield.risk.services import LOOSER, policy_for

RATIO = "fairness.selection_rate_ratio"
PARITY = "fairness.demographic_parity_difference"

pytestmark = (
    pytest.mark.django_db
)  # the policy in force is looked up, and falls back to the defaults


def measured(check: str, low: float, high: float) -> Measurement:
    return Measurement(check=check, value=(low + high) / 2, interval=Interval(low, high))


def test_the_default_numbers_are_the_published_ones() -> None:
    limits = {check: rule.threshold.as_json() for check, rule in RULES.items()}
    assert limits[RATIO] == {"min": 0.8}
    assert limits[PARITY] == {"min": -0.1, "max": 0.1}
    assert limits["fairness.equal_opportunity_difference"] == {"min": -0.1, "max": 0.1}
    assert limits["fairness.auc_gap"] == {"min": -0.05, "max": 0.05}
    assert limits["fairness.calibration_gap"] == {"min": -0.05, "max": 0.05}


def test_every_tier_has_a_policy_and_all_use_the_same_numbers() -> None:
    assert list(TIERS) == Tier.values
    numbers = [
        {check: rule.threshold for check, rule in tier_policy(tier).rules.items()} for tier in TIERS
    ]
    assert all(each == numbers[0] for each in numbers)


def test_a_higher_tier_asks_for_and_requires_no_less() -> None:
    load_checks()
    policies = [tier_policy(tier) for tier in Tier.values]
    for lower, higher in itertools.pairwise(policies):
        asked = [{c.id for c in select_checks(p.checks, REGISTRY.all())} for p in (lower, higher)]
        required = [{c for c, rule in p.rules.items() if rule.required} for p in (lower, higher)]
        assert asked[0] <= asked[1]
        assert required[0] <= required[1]
        assert lower.fail_on.at_least(higher.fail_on)


def test_every_check_of_a_policy_exists_and_what_is_required_is_asked_for() -> None:
    load_checks()
    known = REGISTRY.all()
    assert set(RULES) <= set(known)
    for tier in Tier.values:
        policy = tier_policy(tier)
        asked = {check.id for check in select_checks(policy.checks, known)}
        assert {check for check, rule in policy.rules.items() if rule.required} <= asked


def test_a_grave_limit_lies_beyond_the_limit_and_weighs_more() -> None:
    for check, rule in RULES.items():
        assert rule.grave is not None, check
        assert rule.grave_severity.rank > rule.severity.rank, check
        for limit in (rule.threshold.min, rule.threshold.max):
            assert limit is None or rule.grave.contains(limit), check


@pytest.mark.parametrize(
    ("low", "high", "severity"),
    [
        (0.62, 0.79, Severity.HIGH),
        (0.50, 0.59, Severity.CRITICAL),
        (0.50, 0.61, Severity.HIGH),
    ],
)
def test_severity_grows_with_the_breach(low: float, high: float, severity: Severity) -> None:
    assert RULES[RATIO].severity_of(measured(RATIO, low, high)) is severity


def test_without_overrides_the_policy_is_the_tiers() -> None:
    policy, warnings = policy_for(tier="high")
    assert policy == tier_policy("high")
    assert warnings == ()


def test_a_policy_survives_its_json_form() -> None:
    policy, _ = policy_for(tier="high", overrides={RATIO: Threshold(min=0.9)})
    assert Policy.from_json(policy.as_json()) == policy


def test_a_tighter_limit_is_taken_and_nothing_else_changes() -> None:
    policy, warnings = policy_for(tier="high", overrides={PARITY: Threshold(max=0.05)})
    assert policy.rules[PARITY].threshold == Threshold(min=-0.1, max=0.05)
    assert policy.rules[RATIO] == tier_policy("high").rules[RATIO]
    assert warnings == ()


def test_a_looser_limit_is_not_taken_and_says_so() -> None:
    policy, warnings = policy_for(tier="low", overrides={RATIO: Threshold(min=0.7)})
    assert policy.rules[RATIO].threshold == Threshold(min=0.8)
    ((code, message),) = warnings
    assert code == LOOSER == "policy.looser_needs_approval"
    assert "min 0.7 is looser than the tier's 0.8" in message


def test_each_limit_is_judged_by_itself() -> None:
    policy, warnings = policy_for(tier="low", overrides={PARITY: Threshold(min=-0.3, max=0.05)})
    assert policy.rules[PARITY].threshold == Threshold(min=-0.1, max=0.05)
    assert len(warnings) == 1


def test_a_limit_where_the_tier_has_none_counts_and_is_required() -> None:
    policy, warnings = policy_for(tier="low", overrides={"performance.auc": Threshold(min=0.7)})
    rule = policy.rules["performance.auc"]
    assert (rule.threshold, rule.severity, rule.required) == (
        Threshold(min=0.7),
        Severity.HIGH,
        True,
    )
    assert warnings == ()


def test_a_limit_that_nothing_can_meet_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"at least 0\.5 and at most 0\.1"):
        policy_for(tier="low", overrides={PARITY: Threshold(min=0.5)})


def test_the_gate_may_be_made_stricter_but_not_looser() -> None:
    assert policy_for(tier="high", fail_on="medium")[0].fail_on is Severity.MEDIUM
    policy, warnings = policy_for(tier="high", fail_on="critical")
    assert policy.fail_on is Severity.HIGH
    assert [code for code, _ in warnings] == [LOOSER]


def test_named_checks_replace_what_is_run_but_not_what_is_required() -> None:
    policy, _ = policy_for(tier="high", checks=["performance"])
    assert policy.checks == ("performance",)
    assert policy.rules[RATIO].required


def test_an_unknown_tier_is_an_error() -> None:
    with pytest.raises(KeyError):
        policy_for(tier="huge")
