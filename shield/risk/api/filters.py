"""How the lists of risk, policies and proposals can be narrowed."""

from __future__ import annotations

from django_filters import rest_framework as filters

from shield.common.filters import AnyOf, search_filter
from shield.registry.choices import Tier
from shield.risk.appetite.models import AppetiteState
from shield.risk.models import (
    Appetite,
    PolicyChange,
    PolicyException,
    PolicyVersion,
    Standing,
    TieringAssessment,
)
from shield.risk.policies.models import ChangeState
from shield.risk.tiering.models import TieringState


class StandingFilter(filters.FilterSet):
    """By text, unit, tier, verdict, freshness, breach and score."""

    search = search_filter("service__name", "service__slug")
    service = filters.CharFilter(field_name="service__slug")
    unit = filters.CharFilter(field_name="service__unit__slug")
    tier = AnyOf(choices=Tier.choices, field_name="service__tier")
    freshness = AnyOf(choices=[("fresh", "fresh"), ("stale", "stale"), ("never", "never")])
    min_score = filters.NumberFilter(field_name="score", lookup_expr="gte")

    class Meta:
        model = Standing
        fields = ("last_outcome", "in_breach", "superseded")


class PolicyVersionFilter(filters.FilterSet):
    """By tier and number."""

    tier = AnyOf(choices=Tier.choices)

    class Meta:
        model = PolicyVersion
        fields = ("origin", "sha256")


class PolicyChangeFilter(filters.FilterSet):
    """By tier, state and proposer."""

    tier = AnyOf(choices=Tier.choices)
    state = AnyOf(choices=ChangeState.choices)
    proposer = filters.CharFilter(field_name="proposer__username")

    class Meta:
        model = PolicyChange
        fields = ("backtest_state",)


class PolicyExceptionFilter(filters.FilterSet):
    """By service, check and state."""

    service = filters.CharFilter(field_name="service__slug")
    check = filters.CharFilter(field_name="check_id")
    state = AnyOf(choices=ChangeState.choices)

    class Meta:
        model = PolicyException
        fields = ("backtest_state",)


class TieringFilter(filters.FilterSet):
    """By service, state and tier."""

    service = filters.CharFilter(field_name="service__slug")
    state = AnyOf(choices=TieringState.choices)

    class Meta:
        model = TieringAssessment
        fields = ("tier", "questionnaire")


class AppetiteFilter(filters.FilterSet):
    """By unit and state."""

    unit = filters.CharFilter(field_name="unit__slug")
    state = AnyOf(choices=AppetiteState.choices)

    class Meta:
        model = Appetite
        fields: tuple[str, ...] = ()
