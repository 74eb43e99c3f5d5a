"""Findings as the API shows them, and what it accepts."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from shield.accounts.models import User
from shield.findings.choices import FindingState
from shield.findings.models import Finding, TimelineEntry
from shield.records.models import MeasurementRecord


class MeasuredSerializer(serializers.ModelSerializer):
    """The number behind a finding, with what judged it."""

    interval = serializers.SerializerMethodField(help_text="[low, high]; null: infinite")
    threshold = serializers.SerializerMethodField(help_text="min and/or max of the good side")
    run = serializers.UUIDField(source="check_record.run_id", read_only=True)

    class Meta:
        model = MeasurementRecord
        fields = (
            "run",
            "value",
            "interval",
            "confidence",
            "n",
            "unit",
            "threshold",
            "outcome",
            "sentence",
        )
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.FloatField(allow_null=True)))
    def get_interval(self, item: MeasurementRecord) -> list[float | None]:
        """Both ends."""
        return [item.low, item.high]

    @extend_schema_field(serializers.DictField(child=serializers.FloatField()))
    def get_threshold(self, item: MeasurementRecord) -> dict[str, float]:
        """The limits that are set."""
        limits = {"min": item.threshold_min, "max": item.threshold_max}
        return {key: limit for key, limit in limits.items() if limit is not None}


class FindingSerializer(serializers.ModelSerializer):
    """A finding; `label` is what people say."""

    label = serializers.CharField(read_only=True, help_text="FND-12")
    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    check = serializers.CharField(source="check_id", read_only=True)
    slice = serializers.DictField(child=serializers.CharField(), read_only=True)
    assignee = serializers.SlugRelatedField(slug_field="username", read_only=True)
    overdue = serializers.SerializerMethodField(help_text="active and past its due date")
    measurement = MeasuredSerializer(read_only=True)

    class Meta:
        model = Finding
        fields = (
            "id",
            "label",
            "fingerprint",
            "service",
            "check",
            "check_major",
            "pillar",
            "slice",
            "title",
            "state",
            "severity",
            "policy_severity",
            "assignee",
            "opened_at",
            "due_at",
            "overdue",
            "resolved_at",
            "first_run",
            "last_run",
            "proof",
            "measurement",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_overdue(self, finding: Finding) -> bool:
        """Only what is still active can be late."""
        return finding.state in FindingState.active() and finding.due_at < timezone.now()


class TimelineSerializer(serializers.ModelSerializer):
    """One thing that happened to a finding."""

    class Meta:
        model = TimelineEntry
        fields = ("at", "actor", "act", "from_state", "to_state", "run", "note")
        read_only_fields = fields


class FindingDetailSerializer(FindingSerializer):
    """A finding with its history, oldest first."""

    timeline = TimelineSerializer(many=True, read_only=True)

    class Meta(FindingSerializer.Meta):
        fields = (*FindingSerializer.Meta.fields, "timeline")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class CommentSerializer(serializers.Serializer):
    """What somebody has to say."""

    text = serializers.CharField(max_length=10_000)


class StartSerializer(serializers.Serializer):
    """The beginning of the work."""

    note = serializers.CharField(max_length=2_000, required=False, default="", allow_blank=True)


class AssignSerializer(serializers.Serializer):
    """Who is responsible; null for nobody."""

    assignee = serializers.SlugRelatedField(
        slug_field="username", queryset=User.objects.filter(is_active=True), allow_null=True
    )
