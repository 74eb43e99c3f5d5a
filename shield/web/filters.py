"""What the list of services can be narrowed by; the home page counts with the same filters."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shield.common.filters import AnyOf, search_filter
from shield.records.choices import OutcomeChoice
from shield.registry.choices import Tier
from shield.registry.models import Service
from shield.web.badges import FRESHNESS

VERDICTS = [*OutcomeChoice.choices, ("none", _("Not assessed"))]


class ServiceFilter(django_filters.FilterSet):
    """Services by text, tier, last verdict and freshness of the evidence."""

    q = search_filter("name", "slug", "owner", "purpose")
    tier = AnyOf(choices=Tier, label=_("Tier"))
    verdict = AnyOf(choices=VERDICTS, label=_("Last verdict"), method="filter_verdict")
    freshness = AnyOf(
        choices=[(key, badge.label) for key, badge in FRESHNESS.items()],
        label=_("Evidence"),
        field_name="freshness",
    )

    class Meta:
        model = Service
        fields: list[str] = []

    def filter_verdict(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        """`none` stands for services whose last run gave no verdict, or that have no run."""
        if not value:
            return queryset
        chosen = queryset.filter(last_outcome__in=[kind for kind in value if kind != "none"])
        return chosen | queryset.filter(last_outcome=None) if "none" in value else chosen
