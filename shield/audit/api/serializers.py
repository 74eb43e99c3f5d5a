"""Events, seals and signed heads as the API shows them."""

from __future__ import annotations

from rest_framework import serializers

from shield.audit.digests import moment
from shield.audit.models import Event, Head, Verification


class EventSerializer(serializers.ModelSerializer):
    """One act: who, when, what, before and after."""

    before = serializers.DictField(read_only=True, allow_null=True)
    after = serializers.DictField(read_only=True, allow_null=True)
    chain = serializers.CharField(read_only=True, help_text="the chain that it is sealed into")

    class Meta:
        model = Event
        fields = (
            "id",
            "at",
            "actor",
            "act",
            "object_type",
            "object_id",
            "object_text",
            "before",
            "after",
            "reason",
            "request_id",
            "unit",
            "chain",
        )
        read_only_fields = fields


class SealSerializer(serializers.Serializer):
    """The place of an event in its chain."""

    chain = serializers.CharField()
    position = serializers.IntegerField(help_text="1, 2, 3 … without gaps")
    digest = serializers.CharField(help_text="SHA-256 over the previous digest and the event")
    previous = serializers.CharField()


class SealedEventSerializer(EventSerializer):
    """One act with its seal; the seal is null until the sealer has come by."""

    seal = SealSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Event
        fields = (*EventSerializer.Meta.fields, "seal")
        read_only_fields = fields


class HeadSerializer(serializers.ModelSerializer):
    """A signed end of a chain. The signature covers the canonical JSON of all other fields."""

    at = serializers.SerializerMethodField(help_text="as it was signed: UTC with microseconds")

    class Meta:
        model = Head
        fields = ("chain", "position", "digest", "at", "key_id", "signature")
        read_only_fields = fields

    def get_at(self, head: Head) -> str:
        """The text under the signature."""
        return moment(head.at)


class VerificationSerializer(serializers.ModelSerializer):
    """One verification of the trail."""

    report = serializers.DictField(read_only=True)

    class Meta:
        model = Verification
        fields = ("at", "actor", "intact", "events", "report")
        read_only_fields = fields


class KeySerializer(serializers.Serializer):
    """A public key that heads verify with."""

    id = serializers.CharField()
    public_key = serializers.CharField(source="text", help_text="the 32 bytes in base64")
    pem = serializers.CharField()


class TrailSerializer(serializers.Serializer):
    """How the audit trail stands."""

    heads = HeadSerializer(many=True, help_text="the signed end of every chain")
    sealed = serializers.IntegerField(help_text="events in the chains")
    unsealed = serializers.IntegerField(help_text="events that wait for the sealer")
    late = serializers.IntegerField(help_text="of those, waiting for more than ten minutes")
    verification = VerificationSerializer(allow_null=True, help_text="the last one")
