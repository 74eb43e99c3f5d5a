"""Which policy judges a service, and the acts of people on policies, exceptions, tiers and appetite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shield.evidence.measurement import Threshold
from shield.evidence.policy import Policy
from shield.risk.composition import LOOSER, Warnings, policy_compose
from shield.risk.policies.versions import exceptions_in_force, policy_in_force

__all__ = ["LOOSER", "policy_for"]


def policy_for(
    *,
    tier: str,
    service_id: int | None = None,
    overrides: Mapping[str, Threshold] | None = None,
    checks: Sequence[str] = (),
    fail_on: str | None = None,
) -> tuple[Policy, Warnings]:
    """The tier's policy in force, with the service's approved exceptions and a manifest's overrides.

    Also warnings (code, message) of what the manifest asks for in vain; see `policy_compose`.
    """
    return policy_compose(
        policy_in_force(tier),
        overrides=overrides,
        checks=checks,
        fail_on=fail_on,
        exceptions=exceptions_in_force(service_id) if service_id is not None else None,
    )
