"""What lists of coverage and statements can be narrowed by over the API."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from shield.frameworks.catalogue import frameworks
from shield.frameworks.filters import STATES, StatementFilter
from shield.frameworks.models import CoverageRow, Statement

FRAMEWORKS = [(name, name) for name in frameworks()]


class CoverageApiFilter(filters.FilterSet):
    """By framework and service."""

    framework = filters.ChoiceFilter(choices=FRAMEWORKS)
    service = filters.CharFilter(field_name="service__slug")
    gaps_min = filters.NumberFilter(field_name="gaps", lookup_expr="gte")

    class Meta:
        model = CoverageRow
        fields = ("framework", "service", "gaps_min")


class StatementApiFilter(filters.FilterSet):
    """By framework, requirement, service and state."""

    framework = filters.ChoiceFilter(choices=FRAMEWORKS)
    service = filters.CharFilter(field_name="service__slug")
    state = filters.ChoiceFilter(choices=STATES, method="filter_state")

    class Meta:
        model = Statement
        fields = ("framework", "requirement", "service", "state")

    def filter_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """As the page's filter."""
        return StatementFilter.filter_state(self, queryset, name, value)
