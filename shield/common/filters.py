"""Parts that the filter sets of all list pages share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter

AGES = [("1", _("Last 24 hours")), ("7", _("Last 7 days")), ("30", _("Last 30 days"))]


def search_filter(*lookups: str, exact: Callable[[str], Q] | None = None) -> CharFilter:
    """A search box: every word must occur in one of the fields; `exact` adds a match of the whole."""

    def narrow(queryset: QuerySet, name: str, value: str) -> QuerySet:
        found = Q()
        for word in value.split()[:10]:
            found &= Q(*((f"{lookup}__icontains", word) for lookup in lookups), _connector=Q.OR)
        return queryset.filter(found | exact(value) if exact else found)

    return CharFilter(method=narrow, label=_("Search"))


def age_filter(field: str, label: object) -> ChoiceFilter:
    """Rows whose time lies within the last n days."""

    def narrow(queryset: QuerySet, name: str, value: str) -> QuerySet:
        since = timezone.now() - timedelta(days=int(value))
        return queryset.filter(**{f"{field}__gte": since})

    return ChoiceFilter(choices=AGES, label=label, empty_label=_("Any time"), method=narrow)
