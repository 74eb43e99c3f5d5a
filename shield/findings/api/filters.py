"""How the list of findings can be narrowed."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters

from shield.common.api_filters import MomentFilter
from shield.common.filters import search_filter
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.records.choices import SeverityChoice


class FindingFilter(filters.FilterSet):
    """By service, check, pillar, state, severity, owner, clock and words."""

    search = search_filter("title", "check_id", "service__name")
    service = filters.CharFilter(field_name="service__slug")
    check = filters.CharFilter(field_name="check_id")
    pillar = filters.CharFilter()
    state = filters.MultipleChoiceFilter(choices=FindingState.choices)
    severity = filters.MultipleChoiceFilter(choices=SeverityChoice.choices)
    assignee = filters.CharFilter(field_name="assignee__username")
    unassigned = filters.BooleanFilter(field_name="assignee", lookup_expr="isnull")
    active = filters.BooleanFilter(method="in_active_state")
    overdue = filters.BooleanFilter(method="past_due")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt")
    run = filters.UUIDFilter(field_name="last_run")

    class Meta:
        model = Finding
        fields = ("fingerprint",)

    def in_active_state(
        self, queryset: QuerySet[Finding], name: str, value: bool
    ) -> QuerySet[Finding]:
        """Those that still ask for work, or the others."""
        states = FindingState.active()
        return queryset.filter(state__in=states) if value else queryset.exclude(state__in=states)

    def past_due(self, queryset: QuerySet[Finding], name: str, value: bool) -> QuerySet[Finding]:
        """Active findings past their due date, or all others."""
        late = {"state__in": FindingState.active(), "due_at__lt": timezone.now()}
        return queryset.filter(**late) if value else queryset.exclude(**late)
