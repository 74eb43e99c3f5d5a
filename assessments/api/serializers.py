"""Runs as the API shows them, and what starts one."""

from __future__ import annotations

from rest_framework import serializers

from assessments.services import LARGEST_SEED
from shield.records.choices import SeverityChoice
from shield.records.models import Run, RunLog


class RunSerializer(serializers.ModelSerializer):
    """A run: state, progress, verdict. The measurements are in its result."""

    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    version = serializers.CharField(source="version.label", read_only=True)
    pillars = serializers.DictField(read_only=True, help_text="pillar → outcome")
    coverage = serializers.DictField(read_only=True)
    gate = serializers.DictField(read_only=True)
    error = serializers.DictField(read_only=True, allow_null=True)

    class Meta:
        model = Run
        fields = (
            "id",
            "service",
            "version",
            "kind",
            "source",
            "state",
            "outcome",
            "pillars",
            "coverage",
            "gate",
            "progress",
            "phase",
            "seed",
            "policy_sha256",
            "requested_by",
            "queued_at",
            "started_at",
            "finished_at",
            "cancel_requested_at",
            "attempt",
            "error",
        )
        read_only_fields = fields


class AcceptedRiskSerializer(serializers.Serializer):
    """An active acceptance that covers a failure of the run."""

    finding = serializers.CharField(help_text="what people say: FND-12")
    fingerprint = serializers.CharField()
    expires_at = serializers.DateTimeField()
    approver = serializers.CharField()
    reason = serializers.CharField()


class FalsePositiveOfGateSerializer(serializers.Serializer):
    """A failure of the run that two people called none."""

    finding = serializers.CharField(help_text="what people say: FND-12")
    fingerprint = serializers.CharField()
    confirmed_at = serializers.DateTimeField()
    confirmed_by = serializers.CharField()
    reason = serializers.CharField()


class GateSerializer(serializers.Serializer):
    """The gate of a finished run as it is now; `gate` of the run keeps what it was when it ended."""

    run = serializers.UUIDField()
    at = serializers.DateTimeField(
        help_text="when it was asked: decisions are those of this moment"
    )
    outcome = serializers.ChoiceField(choices=["pass", "fail", "inconclusive", "error"])
    exit = serializers.ChoiceField(choices=[0, 1, 2, 3])
    fail_on = serializers.ChoiceField(choices=SeverityChoice)
    accepted = serializers.ListField(child=serializers.CharField(), help_text="fingerprints")
    accepted_risks = AcceptedRiskSerializer(many=True)
    false_positives = FalsePositiveOfGateSerializer(many=True)


class RunStartSerializer(serializers.Serializer):
    """A version that is registered already, to be assessed by its own manifest and policy."""

    service = serializers.SlugField(max_length=100, help_text="the id in shield.yaml")
    version = serializers.CharField(max_length=100, help_text="the version's label")
    seed = serializers.IntegerField(min_value=0, max_value=LARGEST_SEED, default=0)


class RunLogSerializer(serializers.ModelSerializer):
    """A line of a run's log."""

    class Meta:
        model = RunLog
        fields = ("id", "at", "level", "message")
        read_only_fields = fields
