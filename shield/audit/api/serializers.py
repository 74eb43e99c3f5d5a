"""Events as the API shows them."""

from __future__ import annotations

from rest_framework import serializers

from shield.audit.models import Event


class EventSerializer(serializers.ModelSerializer):
    """One act: who, when, what, before and after."""

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
        )
        read_only_fields = fields
