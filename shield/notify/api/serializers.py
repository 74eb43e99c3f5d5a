"""Messages, preferences and webhooks as the API shows them, and what it accepts."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from shield.accounts.api.fields import UnitField
from shield.notify.choices import Attention, Format, Kind, Rhythm
from shield.notify.models import Attempt, Attending, Delivery, Endpoint, Notification
from shield.notify.wording import title


class NotificationSerializer(serializers.ModelSerializer):
    """One message; `count` events are in it, `url` is the page that it is about."""

    title = serializers.SerializerMethodField(help_text="the message in one line")
    service = serializers.CharField(source="service_text", read_only=True)

    class Meta:
        model = Notification
        fields = (
            "id", "kind", "act", "title", "service", "object_type", "object_id", "object_text",
            "url", "actor", "critical", "count", "at", "read_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_title(self, row: Notification) -> str:
        """The message in one line."""
        return title(row)


class CountSerializer(serializers.Serializer):
    """How many."""

    count = serializers.IntegerField(min_value=0)


class PreferenceSerializer(serializers.Serializer):
    """How the caller is told. `chosen`: channel → kind → whether; what is missing is as usual."""

    chosen = serializers.DictField(
        child=serializers.DictField(child=serializers.BooleanField()),
        help_text=f"channels: in_app, email; kinds: {', '.join(Kind.values)}",
    )
    email_rhythm = serializers.ChoiceField(choices=Rhythm.choices)
    digest_hour = serializers.IntegerField(min_value=0, max_value=23)
    time_zone = serializers.CharField(max_length=60, help_text="Asia/Singapore, UTC, …")
    quiet_from = serializers.TimeField(allow_null=True)
    quiet_until = serializers.TimeField(allow_null=True)
    critical_passes = serializers.BooleanField()


class AttendingSerializer(serializers.ModelSerializer):
    """A service or finding that the caller follows or has muted."""

    class Meta:
        model = Attending
        fields = ("object_type", "object_id", "attention", "created_at")
        read_only_fields = fields


class AttendSerializer(serializers.Serializer):
    """What to follow or mute; no `attention` ends it."""

    object_type = serializers.ChoiceField(choices=["service", "finding"])
    object_id = serializers.IntegerField(min_value=1, max_value=2**62)
    attention = serializers.ChoiceField(choices=Attention.choices, allow_null=True)


class EndpointSerializer(serializers.ModelSerializer):
    """A webhook, without its secret."""

    acts = serializers.ListField(child=serializers.CharField(), read_only=True)
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True, allow_null=True)

    class Meta:
        model = Endpoint
        fields = (
            "id", "name", "url", "acts", "format", "unit", "active", "failures", "paused_until",
            "last_success_at", "last_failure_at", "old_secret_until", "created_by", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class EndpointWithSecretSerializer(EndpointSerializer):
    """A webhook with its new secret: the only answer that holds it."""

    secret = serializers.SerializerMethodField(help_text="shown once; signs every delivery")

    class Meta(EndpointSerializer.Meta):
        fields = (*EndpointSerializer.Meta.fields, "secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def get_secret(self, row: Endpoint) -> str:
        """From the service's answer; it is stored nowhere in this form."""
        return str(self.context["secret"])


class TermsSerializer(serializers.Serializer):
    """What is said of a webhook."""

    name = serializers.CharField(max_length=100)
    url = serializers.CharField(max_length=2000, help_text="https://…, port 443 or 8443")
    acts = serializers.ListField(
        child=serializers.CharField(max_length=60), min_length=1, max_length=50,
        help_text='patterns: ["finding.*", "run.finish"]',
    )  # fmt: skip
    format = serializers.ChoiceField(choices=Format.choices, default=Format.SHIELD)


class NewEndpointSerializer(TermsSerializer):
    """A new webhook; without a unit it gets the events of every unit."""

    unit = UnitField(act="webhook.manage", allow_null=True, default=None)


class SwitchSerializer(serializers.Serializer):
    """On or off, and why."""

    active = serializers.BooleanField()
    reason = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class ReplaySerializer(serializers.Serializer):
    """Which deliveries; without any, all that were given up."""

    deliveries = serializers.ListField(
        child=serializers.UUIDField(),
        max_length=1000,
        required=False,
        allow_null=True,
        default=None,
    )


class DeliverySerializer(serializers.ModelSerializer):
    """One event on its way to a webhook, or arrived."""

    event = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Delivery
        fields = (
            "id", "event", "act", "state", "attempts", "error", "due_at", "created_at", "done_at",
        )  # fmt: skip
        read_only_fields = fields


class AttemptSerializer(serializers.ModelSerializer):
    """One request and what came back, both cut."""

    class Meta:
        model = Attempt
        fields = ("at", "status", "duration_ms", "request", "response", "error")
        read_only_fields = fields


class DeliveryDetailSerializer(DeliverySerializer):
    """A delivery with its newest attempts."""

    log = serializers.SerializerMethodField()

    class Meta(DeliverySerializer.Meta):
        fields = (*DeliverySerializer.Meta.fields, "log")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(AttemptSerializer(many=True))
    def get_log(self, row: Delivery) -> object:
        """At most 50."""
        return AttemptSerializer(row.log.all()[:50], many=True).data
