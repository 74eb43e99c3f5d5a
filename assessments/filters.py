"""What the measurements of a run, and a comparison of two, can be narrowed by."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shield.common.filters import AnyOf, search_filter
from shield.records.choices import OutcomeChoice
from shield.records.models import MeasurementRecord

OUTCOMES = [*OutcomeChoice.choices, ("descriptive", _("Descriptive"))]


class MeasurementFilter(django_filters.FilterSet):
    """Measurements of one run by text (check or slice), outcome and pillar."""

    q = search_filter("slice", "check_record__check_id", "check_record__title")
    outcome = AnyOf(choices=OUTCOMES, label=_("Outcome"), method="filter_outcome")
    pillar = AnyOf(choices=[], label=_("Pillar"), field_name="check_record__pillar")

    class Meta:
        model = MeasurementRecord
        fields: list[str] = []

    def __init__(self, *args: object, pillars: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.filters["pillar"].extra["choices"] = [(name, name.capitalize()) for name in pillars]

    def filter_outcome(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        """`descriptive` stands for measurements that no threshold judges."""
        if not value:
            return queryset
        wanted = Q(outcome__in=value)
        return queryset.filter(wanted | Q(outcome=None) if "descriptive" in value else wanted)
