"""Points that other tools push."""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC
from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.pushes import MOST, Point

CHECK: Final = r"^external(\.[a-z0-9_]{1,30}){2,3}\Z"
LARGEST: Final = 1e300


class FiniteField(serializers.FloatField):
    """A number; neither infinite nor NaN, whatever JSON dialect was sent."""

    def to_internal_value(self, data: Any) -> float:  # noqa: ANN401
        """The number."""
        if isinstance(data, bool):
            self.fail("invalid")
        try:
            value = float(super().to_internal_value(data))
        except OverflowError:
            self.fail("invalid")
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise serializers.ValidationError("must be a finite number")
        return value


class PointSerializer(serializers.Serializer):
    """One value of one metric."""

    service = serializers.SlugField(max_length=100, help_text="the id in shield.yaml")
    version = serializers.CharField(max_length=100, help_text="the version's label")
    check = serializers.RegexField(
        CHECK,
        max_length=100,
        help_text="external.<tool>.<name>; a check of the product's own cannot be pushed",
    )
    slice = serializers.DictField(
        child=serializers.CharField(max_length=100), default=dict,
        help_text="column → group; empty: everybody",
    )  # fmt: skip
    value = FiniteField()
    interval = serializers.ListField(
        child=FiniteField(allow_null=True), min_length=2, max_length=2, allow_null=True,
        default=None, help_text="[low, high]; null for an open end. Without it nothing is judged",
    )  # fmt: skip
    confidence = FiniteField(default=0.95, help_text="of the interval, between 0.5 and 1")
    n = serializers.IntegerField(min_value=0, max_value=2**53, help_text="sample size")
    unit = serializers.CharField(max_length=40, default="ratio")
    at = serializers.DateTimeField(
        required=False, default_timezone=UTC, help_text="when it was measured, with its offset"
    )
    source = serializers.CharField(max_length=100, help_text="the tool and its version")

    def validate_slice(self, found: dict[str, str]) -> dict[str, str]:
        """A few columns with plain names."""
        if len(found) > 5 or any(not name or len(name) > 100 for name in found):
            raise serializers.ValidationError("at most 5 columns with names of 1 to 100 characters")
        return found

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The interval holds the value, and nothing carries control characters."""
        interval = attrs["interval"]
        if interval is not None:
            low, high = interval
            if low is None and high is None:
                raise serializers.ValidationError(
                    {"interval": ["one end at least must be a number"]}
                )
            below = low is not None and low > attrs["value"]
            above = high is not None and high < attrs["value"]
            if below or above:
                raise serializers.ValidationError({"interval": ["must hold the value"]})
        if not 0.5 <= attrs["confidence"] < 1:
            raise serializers.ValidationError({"confidence": ["between 0.5 and 1"]})
        texts = {"version": attrs["version"], "unit": attrs["unit"], "source": attrs["source"]}
        texts |= {f"slice.{key}": key + value for key, value in attrs["slice"].items()}
        for name, text in texts.items():
            if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
                raise serializers.ValidationError({name: ["holds control characters"]})
        return attrs

    def point(self) -> Point:
        """The value object; now, where no moment was given."""
        facts = dict(self.validated_data)
        interval = facts.pop("interval")
        at = facts.pop("at", None) or timezone.now()
        return Point(**facts, interval=tuple(interval) if interval else None, at=at.astimezone(UTC))


class BatchSerializer(serializers.Serializer):
    """Several points, of one or more services and tools; all are kept, or none."""

    points = PointSerializer(many=True, max_length=MOST, min_length=1)


class PushedSerializer(serializers.Serializer):
    """What became of a point."""

    service = serializers.CharField(source="point.service")
    version = serializers.CharField(source="point.version")
    check = serializers.CharField(source="point.check")
    value = serializers.FloatField(source="point.value")
    judgement = serializers.ChoiceField(
        choices=("pass", "fail", "inconclusive", "no_threshold", "no_interval", "late", "known"),
        help_text="known: it was here already, and nothing was done",
    )
    run = serializers.SerializerMethodField()

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_run(self, row: Any) -> str | None:  # noqa: ANN401
        """The run that holds it; null when it was known."""
        return str(row.run.pk) if row.run is not None else None


class PushAnswerSerializer(serializers.Serializer):
    """The points in the order they were sent."""

    points = PushedSerializer(many=True)
