"""Findings as the API shows them, and what it accepts."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from shield.findings.choices import FindingState, SlaState
from shield.findings.clocks import sla_state
from shield.findings.models import Acceptance, Clock, FalsePositive, Finding, Ticket, TimelineEntry
from shield.findings.transitions import Move, offers
from shield.records.models import MeasurementRecord


class MeasuredSerializer(serializers.ModelSerializer):
    """The number behind a finding, with what judged it."""

    interval = serializers.SerializerMethodField(help_text="[low, high]; null: infinite")
    threshold = serializers.SerializerMethodField(help_text="min and/or max of the good side")
    run = serializers.UUIDField(source="check_record.run_id", read_only=True)
    reference = serializers.JSONField(
        read_only=True,
        allow_null=True,
        help_text="what it is compared with: column → group, or words",
    )
    measured_at = serializers.DateTimeField(
        source="check_record.run.measured_at", read_only=True, allow_null=True
    )

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
            "reference",
            "method",
            "simultaneous",
            "measured_at",
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
    sla = serializers.SerializerMethodField(help_text="where the clock stands")
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
            "pending",
            "severity",
            "policy_severity",
            "severity_overridden",
            "assignee",
            "opened_at",
            "due_at",
            "sla_due_at",
            "overdue",
            "sla",
            "resolved_at",
            "accepted_until",
            "regressions",
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

    @extend_schema_field(serializers.ChoiceField(choices=SlaState.choices))
    def get_sla(self, finding: Finding) -> str:
        """On time, due soon, overdue, met, missed, or covered by a decision."""
        return sla_state(finding).value


class TimelineSerializer(serializers.ModelSerializer):
    """One thing that happened to a finding."""

    class Meta:
        model = TimelineEntry
        fields = (
            "at",
            "actor",
            "act",
            "from_state",
            "to_state",
            "run",
            "acceptance",
            "reason",
            "note",
        )
        read_only_fields = fields


class TicketSerializer(serializers.ModelSerializer):
    """A link to where else the work is tracked."""

    class Meta:
        model = Ticket
        fields = ("id", "url", "title", "added_at", "added_by")
        read_only_fields = fields


class ClockSerializer(serializers.ModelSerializer):
    """One running of the clock: from opening or regression to proof."""

    class Meta:
        model = Clock
        fields = (
            "severity", "started_at", "sla_due_at", "due_at", "decided_at", "stopped_at", "result",
        )  # fmt: skip
        read_only_fields = fields


class DecisionSerializer(serializers.ModelSerializer):
    """What acceptances and false positives share."""

    label = serializers.CharField(read_only=True)
    finding_label = serializers.CharField(source="finding.label", read_only=True)
    service = serializers.CharField(source="finding.service.slug", read_only=True)
    unit = serializers.CharField(source="finding.service.unit.slug", read_only=True)
    proposer = serializers.SlugRelatedField(slug_field="username", read_only=True)
    decider = serializers.SlugRelatedField(slug_field="username", read_only=True)
    interval = serializers.SerializerMethodField(help_text="[low, high]; null: infinite")
    measurement = MeasuredSerializer(read_only=True)

    FIELDS = (
        "id", "label", "finding", "finding_label", "service", "unit", "status", "category", "reason",
        "proposer", "proposed_at", "decider", "decided_at", "decision_note", "run", "value",
        "interval", "severity", "ended_at", "ended_by", "ended_because", "end_note",
        "measurement",
    )  # fmt: skip

    @extend_schema_field(serializers.ListField(child=serializers.FloatField(allow_null=True)))
    def get_interval(self, item: Acceptance | FalsePositive) -> list[float | None]:
        """Both ends."""
        return [item.low, item.high]


class AcceptanceSerializer(DecisionSerializer):
    """A time-limited decision of a second person to live with a finding."""

    class Meta:
        model = Acceptance
        fields = (*DecisionSerializer.FIELDS, "treatment", "controls", "mitigate_by", "expires_at")
        read_only_fields = fields


class FalsePositiveSerializer(DecisionSerializer):
    """The claim of one person, confirmed by another, that a failure is none."""

    class Meta:
        model = FalsePositive
        fields = (*DecisionSerializer.FIELDS, "evidence")
        read_only_fields = fields


class FindingDetailSerializer(FindingSerializer):
    """A finding with its history, oldest first, its clocks, tickets, and what one may do with it."""

    timeline = TimelineSerializer(many=True, read_only=True)
    clocks = ClockSerializer(many=True, read_only=True)
    tickets = serializers.SerializerMethodField(help_text="links to where else it is tracked")
    moves = serializers.SerializerMethodField(
        help_text="what the sender may do now, by state and grants"
    )

    class Meta(FindingSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *FindingSerializer.Meta.fields, "timeline", "clocks", "tickets", "moves",
        )  # fmt: skip
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(TicketSerializer(many=True))
    def get_tickets(self, finding: Finding) -> list[dict[str, object]]:
        """Those that are linked now."""
        linked = [ticket for ticket in finding.tickets.all() if ticket.removed_at is None]
        return list(TicketSerializer(linked, many=True).data)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_moves(self, finding: Finding) -> list[str]:
        """Names of moves."""
        user = self.context["request"].user
        return [move.name.lower() for move in Move if offers(user, move, finding)]
