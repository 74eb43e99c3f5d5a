"""One proposal of each kind about risk, as pages show them."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from shield.accounts.choices import Role
from shield.registry.models import Service
from shield.risk.appetite.limits import Limits
from shield.risk.appetite.services import appetite_approve, appetite_propose
from shield.risk.defaults import tier_policy
from shield.risk.policies.backtests import backtest_run
from shield.risk.policies.exceptions import exception_propose
from shield.risk.policies.models import PolicyChange
from shield.risk.policies.proposals import policy_approve, policy_propose
from shield.risk.tiering.questionnaire import questionnaire
from shield.risk.tiering.services import tier_assess
from tests import factories
from tests import sample_measurements as sample


def proposals(service: Service, text: str) -> tuple[str, ...]:
    """The addresses of a waiting and an approved change, an exception, tierings and appetites.

    `text` is what people wrote: it stands on every page.
    """
    asks = factories.user("otto", Role.RISK_OFFICER)
    decides = factories.user("ada", Role.APPROVER)
    document = tier_policy(service.tier).as_json()
    document["rules"][sample.RATIO]["threshold"] = {"min": 0.95}
    document["rules"][sample.RATIO]["grave"] = None
    change = policy_propose(
        tier=service.tier, base=1, policy=document, reason=text, actor=asks, cadence_days=60
    )
    backtest_run(kind="policychange", pk=change.pk)
    other = policy_propose(tier="low", base=1, policy={"fail_on": "high"}, reason=text, actor=asks)
    backtest_run(kind="policychange", pk=other.pk)
    version = policy_approve(change=PolicyChange.objects.get(pk=other.pk), actor=decides, note=text)
    exception = exception_propose(
        service=service, check=sample.RATIO, minimum=0.75, maximum=None, reason=text, actor=asks,
        expires_at=timezone.now() + timedelta(days=60),
    )  # fmt: skip
    backtest_run(kind="policyexception", pk=exception.pk)
    easiest = {each.id: each.choices[0].id for each in questionnaire().questions}
    kept = tier_assess(service=service, answers=easiest, reason=text, actor=asks)
    mild = tier_assess(
        service=service, answers={**easiest, "use": "fraud", "affects": "internal"},
        reason=text, actor=asks,
    )  # fmt: skip
    appetite = appetite_propose(
        unit=service.unit, limits=Limits(40.0, 0, 1, 0.9, 30), base=None, reason=text, actor=asks
    )
    appetite_approve(appetite=appetite, actor=decides, note=text)
    rows = (change, other, exception, kept, mild, appetite, version)
    return tuple(row.get_absolute_url() for row in rows)
