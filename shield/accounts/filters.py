"""How the list of people can be narrowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shield.accounts.choices import Role
from shield.accounts.directory import ACT, grants
from shield.accounts.models import BusinessUnit, User
from shield.accounts.policy import visible
from shield.common.filters import search_filter


def holding(queryset: QuerySet[User], actor: User, lookup: Mapping[str, Any]) -> QuerySet[User]:
    """Those with such a grant among the grants that `actor` looks after; all, if nothing is asked."""
    if not any(lookup.values()):
        return queryset
    return queryset.filter(pk__in=grants(actor).filter(**lookup).order_by().values("user"))


class PeopleFilter(django_filters.FilterSet):
    """By name, role, unit, and whether they may sign in."""

    q = search_filter("username", "email", "first_name", "last_name")
    role = django_filters.MultipleChoiceFilter(
        label=_("Role"), choices=Role.choices, field_name="role", method="by_grant"
    )
    unit = django_filters.MultipleChoiceFilter(
        label=_("Business unit"), field_name="unit__slug", method="by_grant"
    )
    state = django_filters.ChoiceFilter(
        label=_("Account"),
        choices=[("on", _("Active")), ("off", _("Switched off"))],
        method="by_state",
    )

    class Meta:
        model = User
        fields = ("q", "role", "unit", "state")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  (the library's own)
        super().__init__(*args, **kwargs)
        units = visible(BusinessUnit.objects.all(), getattr(self.request, "user", None), ACT)
        self.filters["unit"].extra["choices"] = list(units.values_list("slug", "name"))

    def by_grant(self, queryset: QuerySet[User], name: str, value: list[str]) -> QuerySet[User]:
        """Whoever holds such a role; roles in units of others are not told."""
        return holding(queryset, self.request.user, {f"{name}__in": value})

    def by_state(self, queryset: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        """Active or not."""
        return queryset.filter(is_active=value == "on")
