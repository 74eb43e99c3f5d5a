"""Frameworks, coverage and statements as the API shows them."""

from __future__ import annotations

from rest_framework import serializers

from shield.accounts.api.fields import UnitField
from shield.accounts.choices import Role
from shield.frameworks.catalogue import Asked, frameworks
from shield.frameworks.choices import MEASURED_NAMES, STATED_NAMES, Scope
from shield.frameworks.models import CoverageRow, Statement
from shield.frameworks.services import LONGEST_DAYS, LONGEST_TEXT

MEASURED = [(name, name) for name in MEASURED_NAMES.values()]
STATED = [(name, name) for name in STATED_NAMES.values()]
STATES = [(name, name) for name in ("current", "expired", "replaced", "withdrawn")]


class EvidenceSerializer(serializers.Serializer):
    """Measurements that answer a requirement: any of these checks or pillars, not older than this."""

    checks = serializers.ListField(child=serializers.CharField())
    fresh_days = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=[(item.value, item.value) for item in Asked])


class RequirementSerializer(serializers.Serializer):
    """A requirement: what answers it, and how many services stand in which state."""

    id = serializers.CharField()
    title = serializers.CharField()
    group = serializers.CharField()
    evidence = EvidenceSerializer(many=True)
    statement = serializers.CharField(allow_blank=True, help_text="the question to a person, or ''")
    measured = serializers.DictField(child=serializers.IntegerField())
    stated = serializers.DictField(child=serializers.IntegerField())


class FrameworkSerializer(serializers.Serializer):
    """A framework with its coverage over the services that declare it and that you may see."""

    id = serializers.CharField()
    title = serializers.CharField()
    publisher = serializers.CharField()
    edition = serializers.CharField()
    proposed = serializers.BooleanField(help_text="true for what is not in force yet")
    applies_from = serializers.DateField(allow_null=True)
    source = serializers.URLField()
    note = serializers.CharField()
    services = serializers.IntegerField()
    total = serializers.IntegerField(help_text="requirements, over all those services")
    holds = serializers.IntegerField()
    fails = serializers.IntegerField()
    inconclusive = serializers.IntegerField()
    stale = serializers.IntegerField()
    signed = serializers.IntegerField(help_text="current statements")
    expired = serializers.IntegerField()
    gaps = serializers.IntegerField()


class FrameworkDetailSerializer(FrameworkSerializer):
    """A framework with its requirements."""

    requirements = RequirementSerializer(many=True)


class CoverageSerializer(serializers.ModelSerializer):
    """A framework as one service covers it: numbers of requirements by state."""

    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)

    class Meta:
        model = CoverageRow
        fields = (
            "service", "framework", "total", "holds", "fails", "inconclusive", "stale", "signed",
            "expired", "gaps", "computed_at",
        )  # fmt: skip
        read_only_fields = fields


class StepSerializer(serializers.Serializer):
    """What to do next about a gap."""

    text = serializers.CharField()
    url = serializers.CharField(allow_blank=True)
    command = serializers.CharField(allow_blank=True)


class LineSerializer(serializers.Serializer):
    """One requirement of one service."""

    requirement = serializers.CharField()
    title = serializers.CharField()
    measured = serializers.ChoiceField(choices=MEASURED)
    checks = serializers.CharField(allow_blank=True)
    measured_at = serializers.CharField(allow_null=True)
    stated = serializers.ChoiceField(choices=STATED)
    statement = serializers.CharField(allow_null=True)
    signed_by = serializers.CharField(allow_null=True)
    signed_at = serializers.CharField(allow_null=True)
    expires_at = serializers.CharField(allow_null=True)
    missing = serializers.BooleanField()
    steps = StepSerializer(many=True)


class ServiceFrameworkSerializer(serializers.Serializer):
    """What is measured, what is stated and what is missing, with the next step for each gap."""

    service = serializers.CharField()
    framework = serializers.CharField()
    declared = serializers.BooleanField(help_text="whether the service's manifest names it")
    gaps = serializers.IntegerField()
    requirements = LineSerializer(many=True)


class StatementSerializer(serializers.ModelSerializer):
    """A signed statement. `event` is the audit event that is its signature."""

    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    scope = serializers.ChoiceField(choices=Scope, read_only=True)
    state = serializers.ChoiceField(choices=STATES, read_only=True)
    signer_role = serializers.ChoiceField(
        choices=[*Role.choices, ("superuser", "superuser")], read_only=True
    )

    class Meta:
        model = Statement
        fields = (
            "id", "framework", "requirement", "scope", "service", "unit", "version", "state",
            "text", "text_sha256", "signer_name", "signer_role", "signed_at", "expires_at",
            "replaced_at", "withdrawn_at", "withdrawn_by", "withdrawal_reason", "event",
        )  # fmt: skip
        read_only_fields = fields


class StatementSignSerializer(serializers.Serializer):
    """What to sign: for a service, for a business unit, or (neither) for the organisation."""

    framework = serializers.ChoiceField(choices=list(frameworks()))
    requirement = serializers.CharField(max_length=30)
    text = serializers.CharField(max_length=LONGEST_TEXT)
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS)
    service = serializers.CharField(max_length=100, required=False, help_text="id of a service")
    unit = UnitField(act="framework.view", required=False)

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Not both: a service has its unit."""
        if "service" in attrs and "unit" in attrs:
            raise serializers.ValidationError("Name a service or a unit, not both.")
        return attrs


class StatementWithdrawSerializer(serializers.Serializer):
    """Why it is taken back."""

    reason = serializers.CharField(max_length=2000)
