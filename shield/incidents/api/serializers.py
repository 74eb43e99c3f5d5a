"""Incidents as the API shows them, and what it accepts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from shield.accounts.api.fields import ColleagueField, SeenField
from shield.findings.models import Finding
from shield.incidents.models import Incident, IncidentEntry
from shield.incidents.transitions import Move
from shield.registry.models import Version

LARGEST = 2**63 - 1


class IncidentEntrySerializer(serializers.ModelSerializer):
    """One thing that happened to an incident."""

    class Meta:
        model = IncidentEntry
        fields = ("id", "at", "actor", "act", "from_state", "to_state", "note")
        read_only_fields = fields


class IncidentSerializer(serializers.ModelSerializer):
    """An incident of a service."""

    label = serializers.CharField(read_only=True, help_text="the id that people say: INC-12")
    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    manager = serializers.SlugRelatedField(slug_field="username", read_only=True)

    class Meta:
        model = Incident
        fields: tuple[str, ...] = (
            "id", "label", "service", "title", "what_happened", "severity", "state", "noticed_at",
            "started_at", "ended_at", "environment", "version", "harm", "people_harmed",
            "notification", "notify_by", "notified_at", "authority", "root_cause",
            "corrective_actions", "lessons", "reported_by", "manager", "closed_at", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class IncidentDetailSerializer(IncidentSerializer):
    """An incident with its findings and its timeline."""

    findings = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    timeline = IncidentEntrySerializer(many=True, read_only=True)

    class Meta(IncidentSerializer.Meta):
        fields = (*IncidentSerializer.Meta.fields, "findings", "timeline")
        read_only_fields = fields


class _Facts(serializers.ModelSerializer):
    """Facts that people write."""

    version = SeenField(Version, act="service.view", required=False, allow_null=True)
    findings = SeenField(Finding, act="finding.view", many=True, required=False)

    class Meta:
        model = Incident
        fields: tuple[str, ...] = (
            "title", "what_happened", "severity", "noticed_at", "started_at", "ended_at",
            "environment", "version", "harm", "people_harmed", "findings",
        )  # fmt: skip
        extra_kwargs: dict[str, dict[str, object]] = {
            "what_happened": {"max_length": 10_000},
            "people_harmed": {"max_value": 2_000_000_000, "min_value": 0},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What names rows of another service is refused by the service, which knows whose it is."""
        return attrs


class IncidentReportSerializer(_Facts):
    """A report; without a version, the one that served there when it began is taken."""

    service = serializers.CharField(max_length=100, help_text="id of the service")

    class Meta(_Facts.Meta):
        fields = ("service", *_Facts.Meta.fields)
        extra_kwargs = {
            **_Facts.Meta.extra_kwargs,
            "environment": {"required": False, "default": "production"},
        }


class IncidentChangeSerializer(_Facts):
    """What changes, and why."""

    manager = ColleagueField(act="incident.manage", required=False, allow_null=True)
    reason = serializers.CharField(max_length=2000)

    class Meta(_Facts.Meta):
        fields = (
            *_Facts.Meta.fields, "notification", "notify_by", "notified_at", "authority",
            "root_cause", "corrective_actions", "lessons", "manager", "reason",
        )  # fmt: skip
        extra_kwargs = {
            **_Facts.Meta.extra_kwargs,
            **{
                name: {"max_length": 10_000, "required": False}
                for name in ("root_cause", "corrective_actions", "lessons")
            },
        }


class IncidentMoveSerializer(serializers.Serializer):
    """Where to, and why."""

    move = serializers.ChoiceField(choices=[(move.value, move.value) for move in Move])
    reason = serializers.CharField(max_length=2000)


class IncidentCommentSerializer(serializers.Serializer):
    """What others must know."""

    text = serializers.CharField(max_length=5000)
