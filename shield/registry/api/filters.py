"""How the lists of the inventory can be narrowed."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django_filters import rest_framework as filters

from shield.common.api_filters import MomentFilter
from shield.common.filters import AnyOf, search_filter
from shield.registry.choices import DatasetRole, Environment, ModelKind, Tier
from shield.registry.manifest.model import FRAMEWORKS
from shield.registry.models import Dataset, Deployment, Service, Version
from shield.registry.selectors import at_moment


class ServiceFilter(filters.FilterSet):
    """By business unit, tier, owner, framework, state and words."""

    search = search_filter("slug", "name", "owner", "purpose")
    tier = AnyOf(choices=Tier.choices)
    unit = filters.CharFilter(field_name="unit__slug")
    owner = filters.CharFilter()
    owner_account = filters.CharFilter(field_name="owner_user__username")
    framework = filters.ChoiceFilter(
        choices=[(name, name) for name in FRAMEWORKS], method="with_framework"
    )
    retired = filters.BooleanFilter(field_name="retired_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Service
        fields = ("search", "unit", "tier", "owner", "owner_account", "framework", "retired")

    def with_framework(
        self, queryset: QuerySet[Service], name: str, value: str
    ) -> QuerySet[Service]:
        """SQLite cannot ask a JSON list for an element; the quoted word in its text is the same."""
        as_text = Cast("frameworks", TextField())
        return queryset.annotate(frameworks_text=as_text).filter(
            frameworks_text__contains=f'"{value}"'
        )


class VersionFilter(filters.FilterSet):
    """By service, label, kind and digest."""

    service = filters.CharFilter(field_name="service__slug")
    kind = filters.ChoiceFilter(choices=ModelKind.choices)

    class Meta:
        model = Version
        fields = ("service", "label", "kind", "artefact_sha256")


class DatasetFilter(filters.FilterSet):
    """By service, role and digest."""

    service = filters.CharFilter(field_name="service__slug")
    role = filters.ChoiceFilter(choices=DatasetRole.choices)

    class Meta:
        model = Dataset
        fields = ("service", "role", "sha256")


class DeploymentFilter(filters.FilterSet):
    """By service, environment, and moment: `?at=` asks what served then."""

    service = filters.CharFilter(field_name="service__slug")
    environment = filters.ChoiceFilter(choices=Environment.choices)
    current = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    at = MomentFilter(method="serving_at")

    class Meta:
        model = Deployment
        fields = ("service", "environment", "current", "at")

    def serving_at(
        self, queryset: QuerySet[Deployment], name: str, value: datetime
    ) -> QuerySet[Deployment]:
        """Those that served at that moment."""
        return at_moment(queryset, value)
