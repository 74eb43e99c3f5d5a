"""Filters that several lists of the API share."""

from __future__ import annotations

from datetime import UTC, datetime

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField


class MomentField(IsoDateTimeField):
    """A moment, taken to UTC at the door: PostgreSQL refuses offsets beyond ±15:59."""

    def clean(self, value: object) -> datetime | None:
        """The moment in UTC; a form error where that leaves the calendar."""
        moment = super().clean(value)
        try:
            return moment.astimezone(UTC) if moment is not None else None
        except OverflowError as error:
            raise ValidationError(_("Enter a valid date/time."), code="invalid") from error


class MomentFilter(filters.IsoDateTimeFilter):
    """`?at=2026-03-02T09:00:00Z`."""

    field_class = MomentField
