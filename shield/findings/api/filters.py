"""How the list of findings can be narrowed."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters

from shield.common.api_filters import MomentFilter
from shield.common.filters import AnyOf, search_filter
from shield.findings.choices import (
    AcceptanceReason,
    AcceptanceStatus,
    FalsePositiveReason,
    FalsePositiveStatus,
    FindingState,
    Pending,
    SlaState,
    Treatment,
)
from shield.findings.clocks import running_query, sla_query
from shield.findings.filters import AGES, by_age
from shield.findings.models import Acceptance, FalsePositive, Finding
from shield.findings.selectors import acceptances_to_decide, claims_to_decide, mitigation_overdue
from shield.records.choices import SeverityChoice
from shield.registry.choices import Tier

Row = TypeVar("Row", bound=Model)
NOT_OVERDUE = ("not_overdue", "Not overdue")


class FindingFilter(filters.FilterSet):
    """By unit, service, tier, check, pillar, state, severity, owner, clock, decision and words."""

    search = search_filter("title", "check_id", "service__name")
    service = filters.CharFilter(field_name="service__slug")
    check = filters.CharFilter(field_name="check_id")
    pillar = filters.CharFilter()
    state = AnyOf(choices=FindingState.choices)
    severity = AnyOf(choices=SeverityChoice.choices)
    assignee = filters.CharFilter(field_name="assignee__username")
    unassigned = filters.BooleanFilter(field_name="assignee", lookup_expr="isnull")
    active = filters.BooleanFilter(method="in_active_state")
    overdue = filters.BooleanFilter(method="past_due")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt")
    opened_before = MomentFilter(field_name="opened_at", lookup_expr="lt")
    opened_after = MomentFilter(field_name="opened_at", lookup_expr="gte")
    age = filters.ChoiceFilter(
        choices=AGES, method="opened_days_ago", help_text="days since it was opened, as on the page"
    )
    run = filters.UUIDFilter(field_name="last_run")
    unit = filters.CharFilter(field_name="service__unit__slug")
    tier = AnyOf(choices=Tier.choices, field_name="service__tier")
    pending = AnyOf(choices=Pending.choices)
    sla = filters.ChoiceFilter(choices=[*SlaState.choices, NOT_OVERDUE], method="by_clock")
    accepted_before = MomentFilter(field_name="accepted_until", lookup_expr="lt")
    regressed = filters.BooleanFilter(method="came_back")
    assignee_inactive = filters.BooleanFilter(method="has_left")

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

    def opened_days_ago(
        self, queryset: QuerySet[Finding], name: str, value: str
    ) -> QuerySet[Finding]:
        """By the time since it was opened."""
        return by_age(queryset, value)

    def by_clock(self, queryset: QuerySet[Finding], name: str, value: str) -> QuerySet[Finding]:
        """Where the clock stands."""
        if value == NOT_OVERDUE[0]:
            return queryset.filter(running_query())
        return queryset.filter(sla_query(value))

    def came_back(self, queryset: QuerySet[Finding], name: str, value: bool) -> QuerySet[Finding]:
        """Resolved once and failed again, or never."""
        return queryset.filter(regressions__gt=0) if value else queryset.filter(regressions=0)

    def has_left(self, queryset: QuerySet[Finding], name: str, value: bool) -> QuerySet[Finding]:
        """Owned by somebody whose account is switched off, or not."""
        return (
            queryset.filter(assignee__is_active=False)
            if value
            else queryset.exclude(assignee__is_active=False)
        )


class AcceptanceFilter(filters.FilterSet):
    """By words, severity, status, terms, service, unit and dates; `to_decide`: waits for the sender."""

    search = search_filter("title", "reason", "service__name")
    severity = AnyOf(choices=SeverityChoice.choices)
    status = AnyOf(choices=AcceptanceStatus.choices)
    treatment = AnyOf(choices=Treatment.choices)
    category = AnyOf(choices=AcceptanceReason.choices)
    finding = filters.NumberFilter(method="of_finding")
    service = filters.CharFilter(field_name="finding__service__slug")
    unit = filters.CharFilter(field_name="finding__service__unit__slug")
    expires_before = MomentFilter(field_name="expires_at", lookup_expr="lt")
    expires_after = MomentFilter(field_name="expires_at", lookup_expr="gte")
    to_decide = filters.BooleanFilter(method="waits_for_me")
    mitigation_overdue = filters.BooleanFilter(method="repair_is_late")

    class Meta:
        model = Acceptance
        fields = ()

    def of_finding(
        self, queryset: QuerySet[Acceptance], name: str, value: object
    ) -> QuerySet[Acceptance]:
        """The decisions about one finding."""
        return of_finding(queryset, value)

    def repair_is_late(
        self, queryset: QuerySet[Acceptance], name: str, value: bool
    ) -> QuerySet[Acceptance]:
        """Active ones whose promised repair was due before today, or all others."""
        late = mitigation_overdue()
        return queryset.filter(late) if value else queryset.exclude(late)

    def waits_for_me(
        self, queryset: QuerySet[Acceptance], name: str, value: bool
    ) -> QuerySet[Acceptance]:
        """What the sender may decide now; false narrows nothing."""
        return acceptances_to_decide(queryset, self.request.user) if value else queryset


class FalsePositiveFilter(filters.FilterSet):
    """By words, severity, status, reason, service and unit; `to_decide`: waits for the sender."""

    search = search_filter("title", "reason", "service__name")
    severity = AnyOf(choices=SeverityChoice.choices)
    status = AnyOf(choices=FalsePositiveStatus.choices)
    category = AnyOf(choices=FalsePositiveReason.choices)
    finding = filters.NumberFilter(method="of_finding")
    service = filters.CharFilter(field_name="finding__service__slug")
    unit = filters.CharFilter(field_name="finding__service__unit__slug")
    to_decide = filters.BooleanFilter(method="waits_for_me")

    class Meta:
        model = FalsePositive
        fields = ()

    def waits_for_me(
        self, queryset: QuerySet[FalsePositive], name: str, value: bool
    ) -> QuerySet[FalsePositive]:
        """What the sender may decide now; false narrows nothing."""
        return claims_to_decide(queryset, self.request.user) if value else queryset

    def of_finding(
        self, queryset: QuerySet[FalsePositive], name: str, value: object
    ) -> QuerySet[FalsePositive]:
        """The claims about one finding."""
        return of_finding(queryset, value)


def of_finding(queryset: QuerySet[Row], value: object) -> QuerySet[Row]:
    """Rows of the finding with this number; none for what is no number of a row."""
    number = int(value)  # type: ignore[call-overload]
    return queryset.filter(finding=number) if 0 < number < 2**63 else queryset.none()
