"""What the API accepts for acts on policies, exceptions, tiering and appetite."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _
from rest_framework import serializers

from shield.registry.choices import Tier
from shield.risk.appetite.limits import Limits
from shield.risk.reasons import (
    AppetiteReason,
    ApproveReason,
    EndReason,
    LimitReason,
    Reasons,
    RejectReason,
    ReviewReason,
    TierReason,
    told,
)

CODE_OR_WORDS: Final = "a code of the act's short list, or own words"


class ReasonedSerializer(serializers.Serializer):
    """An act with its reason: `reason` by code from the act's short list or in own words, and a comment.

    What is kept is one text, under the name that the service takes (`kept`).
    """

    kept: ClassVar[str] = "reason"
    comment_field: ClassVar[str] = "comment"
    reasons: ClassVar[Reasons]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both as the one text; a short list's code stands for its words."""
        reason, comment = attrs.pop("reason", ""), attrs.pop(self.comment_field, "")
        if not (reason.strip() or comment.strip() or self.may_be_silent()):
            raise serializers.ValidationError({"reason": [_("A decision needs a reason.")]})
        silent = not (reason.strip() or comment.strip())
        attrs[self.kept] = "" if silent else told(self.reasons, reason, comment)
        return attrs

    def may_be_silent(self) -> bool:
        """Whether the act needs no reason."""
        return False


class NoteSerializer(ReasonedSerializer):
    """Why: `reason` (a code of the short list, or own words), `note` (a comment), or both."""

    kept = "note"
    comment_field = "note"
    reason = serializers.CharField(
        max_length=2_000, required=False, default="", allow_blank=True, help_text=CODE_OR_WORDS
    )
    note = serializers.CharField(max_length=2_000, required=False, default="", allow_blank=True)


class ApproveSerializer(NoteSerializer):
    """Why it is approved."""

    reasons = ApproveReason


class RejectSerializer(NoteSerializer):
    """Why it is rejected."""

    reasons = RejectReason


class EndSerializer(NoteSerializer):
    """Why it ends before its time."""

    reasons = EndReason


class WithdrawSerializer(EndSerializer):
    """Why it is taken back, if there is something to say."""

    def may_be_silent(self) -> bool:
        """Nothing was decided yet."""
        return True


class NothingSerializer(serializers.Serializer):
    """No body."""


class ProposalSerializer(ReasonedSerializer):
    """What every proposal says of why."""

    reason = serializers.CharField(max_length=2_000, help_text=CODE_OR_WORDS)
    comment = serializers.CharField(max_length=2_000, required=False, default="", allow_blank=True)


class PolicyProposeSerializer(ProposalSerializer):
    """Another policy for a tier; parts of `policy` that are left out stay as they are."""

    reasons = LimitReason
    tier = serializers.ChoiceField(choices=Tier.choices)
    base = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, help_text="version it is made against"
    )
    policy = serializers.DictField(
        required=False, default=dict, help_text="rules, checks, fail_on, as in a version's document"
    )
    cadence_days = serializers.IntegerField(min_value=1, max_value=1_095, required=False)
    review_days = serializers.IntegerField(min_value=1, max_value=365, required=False)
    backtest_days = serializers.IntegerField(min_value=1, max_value=1_095, default=180)


class ReviewSerializer(NoteSerializer):
    """A version was looked at and may stay."""

    reasons = ReviewReason
    days = serializers.IntegerField(min_value=1, max_value=365, default=365)


class ExceptionProposeSerializer(ProposalSerializer):
    """Another limit of one check for one service."""

    reasons = LimitReason
    service = serializers.SlugField(max_length=100)
    check = serializers.CharField(max_length=100)
    min = serializers.FloatField(required=False, allow_null=True, default=None)
    max = serializers.FloatField(required=False, allow_null=True, default=None)
    expires_at = serializers.DateTimeField()


class TieringAssessSerializer(ProposalSerializer):
    """Answers to every question of the current questionnaire: question → choice."""

    reasons = TierReason
    service = serializers.SlugField(max_length=100)
    answers = serializers.DictField(child=serializers.CharField(max_length=60))


class AppetiteProposeSerializer(ProposalSerializer):
    """Other limits of a unit; one that is left out or null is no limit."""

    reasons = AppetiteReason
    unit = serializers.SlugField(max_length=60)
    base = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1,
        help_text="version in force; null: none",
    )  # fmt: skip
    max_score = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=100)
    max_critical = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=100_000
    )
    max_high = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=100_000
    )
    min_coverage = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=1)
    max_age_days = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=3_650
    )

    @staticmethod
    def limits(data: dict[str, Any]) -> Limits:
        """The limits as a value."""
        return Limits(
            data.get("max_score"), data.get("max_critical"), data.get("max_high"),
            data.get("min_coverage"), data.get("max_age_days"),
        )  # fmt: skip
