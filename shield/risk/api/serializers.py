"""Risk, policies, tiering and appetite as the API shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from shield.records.choices import OutcomeChoice
from shield.registry.choices import Tier
from shield.risk.differences import policy_differences
from shield.risk.models import (
    Appetite,
    PolicyChange,
    PolicyException,
    PolicyVersion,
    Standing,
    TieringAssessment,
)
from shield.risk.policies.reports import seen_by, totals

DECISION = ("proposer", "proposed_at", "reason", "decider", "decided_at", "decision_note", "state")


class PeopleSerializer(serializers.ModelSerializer):
    """What every proposal says of its people."""

    proposer = serializers.SlugRelatedField(slug_field="username", read_only=True)
    decider = serializers.SlugRelatedField(slug_field="username", read_only=True, allow_null=True)


class StandingSerializer(serializers.ModelSerializer):
    """Where a service stands: score with reasons, pillars, freshness, breaches of appetite."""

    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    name = serializers.CharField(source="service.name", read_only=True)
    unit = serializers.CharField(source="service.unit.slug", read_only=True)
    tier = serializers.ChoiceField(choices=Tier.choices, source="service.tier", read_only=True)
    last_outcome = serializers.ChoiceField(
        choices=OutcomeChoice.choices, read_only=True, allow_null=True
    )
    freshness = serializers.ChoiceField(choices=["fresh", "stale", "never"], read_only=True)
    score_reasons = serializers.ListField(
        child=serializers.DictField(),
        read_only=True,
        help_text="code, amount, points; the points add up to the score",
    )
    pillars = serializers.DictField(child=serializers.DictField(), read_only=True)
    breaches = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = Standing
        fields = (
            "service", "name", "unit", "tier", "score", "score_reasons", "last_outcome",
            "last_run", "last_finished_at", "freshness", "fresh_until", "superseded", "pillars",
            "critical", "high", "medium", "low", "info", "active", "accepted", "in_breach",
            "breaches", "refreshed_at",
        )  # fmt: skip
        read_only_fields = fields


class PolicyVersionSerializer(serializers.ModelSerializer):
    """One version of a tier's policy; `document` is what runs snapshot, `sha256` its identity."""

    document = serializers.DictField(read_only=True)
    change = serializers.IntegerField(source="change_id", read_only=True, allow_null=True)
    approved_by = serializers.CharField(
        source="change.decider.username", read_only=True, default=None, allow_null=True
    )

    class Meta:
        model = PolicyVersion
        fields = (
            "id", "tier", "number", "document", "sha256", "cadence_days", "review_days",
            "valid_from", "origin", "change", "made_by", "approved_by", "reason",
        )  # fmt: skip
        read_only_fields = fields


class BacktestedSerializer(PeopleSerializer):
    """A proposal with its report, as far as the reader may see the services in it."""

    label = serializers.CharField(read_only=True)
    base = serializers.IntegerField(source="base.number", read_only=True)
    backtest = serializers.SerializerMethodField(help_text="the report, once it is done")

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_backtest(self, proposal: PolicyChange | PolicyException) -> dict[str, Any] | None:
        """Examples of services that the reader may not see are left out; totals stay. A list has
        totals alone."""
        if proposal.backtest is not None and self.context["view"].action == "list":
            return totals(proposal.backtest)
        return seen_by(proposal.backtest, self.context["request"].user)


class PolicyChangeSerializer(BacktestedSerializer):
    """A proposal to change a tier's policy."""

    document = serializers.DictField(read_only=True)
    differences = serializers.SerializerMethodField(help_text="what differs from the base")

    class Meta:
        model = PolicyChange
        fields = (
            "id", "label", "tier", "base", "document", "cadence_days", "review_days",
            "differences", "backtest_state", "backtest_progress", "backtest_days", "backtest_at",
            "backtest", *DECISION, "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_differences(self, change: PolicyChange) -> list[dict[str, object]]:
        """Check, what, before, after, direction."""
        found = policy_differences(change.base.policy, change.proposed)
        return [each.as_json() for each in found]


class PolicyExceptionSerializer(BacktestedSerializer):
    """Another limit of one check for one service, until a day."""

    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    check = serializers.CharField(source="check_id", read_only=True)
    in_force = serializers.BooleanField(source="is_in_force", read_only=True)

    class Meta:
        model = PolicyException
        fields = (
            "id", "label", "service", "tier", "base", "check", "threshold_min", "threshold_max",
            "expires_at", "ended_at", "in_force", "backtest_state", "backtest_progress",
            "backtest_days", "backtest_at", "backtest", *DECISION, "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class TieringSerializer(PeopleSerializer):
    """An answered questionnaire: answers, result, the tier it leads to."""

    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    answers = serializers.DictField(child=serializers.CharField(), read_only=True)
    result = serializers.DictField(read_only=True)

    class Meta:
        model = TieringAssessment
        fields = (
            "id", "service", "questionnaire", "answers", "result", "tier", "tier_before",
            "review_at", *DECISION, "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class AppetiteSerializer(PeopleSerializer):
    """The limits of a business unit; null is no limit."""

    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    base = serializers.IntegerField(
        source="base.number", read_only=True, default=None, allow_null=True
    )

    class Meta:
        model = Appetite
        fields = (
            "id", "unit", "number", "base", "max_score", "max_critical", "max_high",
            "min_coverage", "max_age_days", *DECISION, "updated_at",
        )  # fmt: skip
        read_only_fields = fields
