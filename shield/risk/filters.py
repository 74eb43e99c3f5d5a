"""What the lists of risk and of proposals can be narrowed by."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shield.accounts.models import BusinessUnit
from shield.accounts.policy import visible
from shield.common.filters import AnyOf, search_filter
from shield.records.choices import OutcomeChoice
from shield.registry.choices import Tier
from shield.risk.models import PolicyChange, Standing
from shield.risk.policies.models import ChangeState

FRESHNESS = [("fresh", _("Up to date")), ("stale", _("Stale")), ("never", _("Never assessed"))]
APPETITE = [("breach", _("Outside the appetite")), ("within", _("Within the appetite"))]
VERDICTS = [*OutcomeChoice.choices, ("none", _("Not assessed"))]


def own_units(request: HttpRequest | None) -> QuerySet[BusinessUnit]:
    """The units that this person may see, as choices."""
    user = getattr(request, "user", None)
    if user is None:
        return BusinessUnit.objects.none()
    return visible(BusinessUnit.objects.all(), user, "risk.view").order_by("name")


class StandingFilter(django_filters.FilterSet):
    """Services by text, unit, tier, verdict, freshness and appetite."""

    q = search_filter("service__name", "service__slug", "service__owner")
    unit = django_filters.ModelMultipleChoiceFilter(
        queryset=own_units,
        field_name="service__unit__slug",
        to_field_name="slug",
        label=_("Unit"),
        distinct=False,
    )
    tier = AnyOf(choices=Tier, field_name="service__tier", label=_("Tier"))
    verdict = AnyOf(choices=VERDICTS, label=_("Last verdict"), method="filter_verdict")
    freshness = AnyOf(choices=FRESHNESS, label=_("Evidence"))
    appetite = django_filters.ChoiceFilter(
        choices=APPETITE, label=_("Appetite"), empty_label=_("Any"), method="filter_appetite"
    )

    class Meta:
        model = Standing
        fields: list[str] = []

    def filter_appetite(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Outside or within the appetite of the unit."""
        return queryset.filter(in_breach=value == "breach")

    def filter_verdict(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        """`none` stands for services whose last run gave no verdict, or that have no run."""
        if not value:
            return queryset
        chosen = queryset.filter(last_outcome__in=[kind for kind in value if kind != "none"])
        return chosen | queryset.filter(last_outcome=None) if "none" in value else chosen


class ChangeFilter(django_filters.FilterSet):
    """Proposals by text, tier and state."""

    q = search_filter("reason", "proposer__username", "decision_note")
    tier = AnyOf(choices=Tier, label=_("Tier"))
    state = AnyOf(choices=ChangeState, label=_("State"))

    class Meta:
        model = PolicyChange
        fields: list[str] = []
