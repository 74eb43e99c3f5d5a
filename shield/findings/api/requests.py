"""What the API of findings accepts. Lengths and choices are checked here, meaning by the services."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from shield.accounts.api.fields import ColleagueField
from shield.evidence.outcome import Severity
from shield.findings import choices
from shield.findings.bulk import ACTS, MOST
from shield.findings.proposals import Terms
from shield.findings.texts import LONGEST
from shield.records.choices import SeverityChoice


def words(*, required: bool = True) -> serializers.CharField:
    """Some sentences."""
    if required:
        return serializers.CharField(max_length=LONGEST)
    return serializers.CharField(max_length=LONGEST, required=False, default="", allow_blank=True)


class SeenSerializer(serializers.Serializer):
    """Every change may say which state of the finding the sender looked at."""

    seen = serializers.CharField(
        max_length=40,
        required=False,
        allow_null=True,
        default=None,
        help_text="`updated_at` of the finding as it was read: if somebody changed it since, 409",
    )


class CommentSerializer(serializers.Serializer):
    """What somebody has to say."""

    text = words()


class StartSerializer(SeenSerializer):
    """The beginning of the work."""

    category = serializers.ChoiceField(choices=choices.StartReason.choices, default="investigate")
    note = words(required=False)


class ReleaseSerializer(SeenSerializer):
    """The end of it, without a result."""

    category = serializers.ChoiceField(choices=choices.ReleaseReason.choices)
    note = words(required=False)


class ReopenSerializer(SeenSerializer):
    """A false positive taken back."""

    category = serializers.ChoiceField(choices=choices.ReopenReason.choices)
    note = words()


class AssignSerializer(SeenSerializer):
    """Who is responsible; null for nobody."""

    assignee = ColleagueField(act="finding.view", allow_null=True)
    category = serializers.ChoiceField(
        choices=choices.AssignReason.choices, required=False, default="", allow_blank=True
    )
    note = words(required=False)


class SeveritySerializer(SeenSerializer):
    """Another severity than the policy's."""

    severity = serializers.ChoiceField(choices=SeverityChoice.choices)
    category = serializers.ChoiceField(choices=choices.SeverityReason.choices)
    note = words()

    def validate_severity(self, value: str) -> Severity:
        """As the value object."""
        return Severity(value)


class DueSerializer(SeenSerializer):
    """Another due date."""

    due_at = serializers.DateTimeField()
    category = serializers.ChoiceField(choices=choices.DueReason.choices)
    note = words()


class TicketAddSerializer(serializers.Serializer):
    """A link, http or https."""

    url = serializers.CharField(max_length=500)
    title = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class TicketRemoveSerializer(serializers.Serializer):
    """The number of a ticket of this finding."""

    ticket = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class AcceptanceProposeSerializer(SeenSerializer):
    """The terms on which a risk would be accepted: at most 180 days."""

    treatment = serializers.ChoiceField(choices=choices.Treatment.choices)
    category = serializers.ChoiceField(choices=choices.AcceptanceReason.choices)
    reason = words()
    controls = words(required=False)
    expires_at = serializers.DateTimeField()
    mitigate_by = serializers.DateField(required=False, allow_null=True, default=None)

    def terms(self) -> Terms:
        """For the service."""
        return terms_of(self.validated_data)


def terms_of(data: dict[str, Any]) -> Terms:
    """The terms in validated data."""
    return Terms(**{name: value for name, value in data.items() if name != "seen"})


class FalsePositiveProposeSerializer(SeenSerializer):
    """Why a failure is none."""

    category = serializers.ChoiceField(choices=choices.FalsePositiveReason.choices)
    reason = words()
    evidence = words()


class DecideSerializer(SeenSerializer):
    """Words of the person who decides."""

    note = words()


class BulkSerializer(serializers.Serializer):
    """One act on many findings; `data` is what the single act takes."""

    act = serializers.ChoiceField(choices=sorted(ACTS))
    findings = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        min_length=1,
        max_length=MOST,
        help_text=f"ids, at most {MOST}",
    )
    data = serializers.DictField(required=False, default=dict)
    seen = serializers.DictField(
        child=serializers.CharField(max_length=40),
        required=False,
        default=dict,
        help_text="id → `updated_at` as it was read: a finding that was changed since is refused",
    )

    def validate_seen(self, value: dict[str, str]) -> dict[int, str]:
        """By number."""
        if not all(key.isascii() and key.isdecimal() and len(key) < 20 for key in value):
            raise serializers.ValidationError(_("The keys are ids of findings."))
        return {int(key): seen for key, seen in value.items()}


class BulkDoneSerializer(serializers.Serializer):
    """What happened to each finding."""

    done = serializers.ListField(child=serializers.IntegerField())
    unchanged = serializers.ListField(child=serializers.IntegerField())
    refused = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField(allow_null=True)),
        help_text="finding, code, message, hint",
    )


BULK_DATA: dict[str, type[serializers.Serializer]] = {
    "claim": serializers.Serializer,
    "assign": AssignSerializer,
    "start": StartSerializer,
    "release": ReleaseSerializer,
    "comment": CommentSerializer,
    "severity": SeveritySerializer,
    "due": DueSerializer,
    "propose_acceptance": AcceptanceProposeSerializer,
    "propose_false_positive": FalsePositiveProposeSerializer,
}
"""What `data` of a bulk act must hold."""
