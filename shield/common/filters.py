"""Parts that the filter sets of all list pages share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise

from django import forms
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, Filter, MultipleChoiceFilter


class AnyOf(MultipleChoiceFilter):
    """Rows that have one of the chosen values: one IN, and no DISTINCT that would sort every row."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, distinct=False, **kwargs)

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        """All rows when nothing is chosen."""
        return queryset.filter(**{f"{self.field_name}__in": value}) if value else queryset


FEW = "registry.Service"
"""Thousands of rows where others have millions."""
SHORT = 2

AGES = [("1", _("Last 24 hours")), ("7", _("Last 7 days")), ("30", _("Last 30 days"))]


def search_filter(*lookups: str, exact: Callable[[str], Q] | None = None) -> CharFilter:
    """A search box: every word must occur in one of the fields; `exact` adds a match of the whole.

    A word of one or two letters must stand at the beginning of a word: an index over three letters
    finds that, and "in" inside of "binary" is not what anybody meant.
    """

    def narrow(queryset: QuerySet, name: str, value: str) -> QuerySet:
        found = Q()
        for word in value.split()[:10]:
            found &= Q(*(_has(queryset, lookup, word) for lookup in lookups), _connector=Q.OR)
        return queryset.filter(found | exact(value) if exact else found)

    return CharFilter(method=narrow, label=_("Search"))


def _has(queryset: QuerySet, lookup: str, word: str) -> Q:
    """The word in one field. One of a service is looked for among the services, which are few."""
    path, _, column = lookup.rpartition("__")
    model = _model_at(queryset, path)
    if not path or model._meta.label != FEW:
        return _occurs(lookup, word)
    keys = model._default_manager.filter(_occurs(column, word)).order_by()
    return Q(**{f"{path}__in": list(keys.values_list("pk", flat=True))})


def _model_at(queryset: QuerySet, path: str) -> type[Model]:
    model = queryset.model
    for step in path.split("__") if path else ():
        model = model._meta.get_field(step).related_model
    return model


def _occurs(lookup: str, word: str) -> Q:
    if len(word) > SHORT:
        return Q(**{f"{lookup}__icontains": word})
    inside = (Q(**{f"{lookup}__icontains": f"{before}{word}"}) for before in " .-_")
    return Q(Q(**{f"{lookup}__istartswith": word}), *inside, _connector=Q.OR)


def age_filter(field: str, label: object) -> ChoiceFilter:
    """Rows whose time lies within the last n days."""

    def narrow(queryset: QuerySet, name: str, value: str) -> QuerySet:
        since = timezone.now() - timedelta(days=int(value))
        return queryset.filter(**{f"{field}__gte": since})

    return ChoiceFilter(choices=AGES, label=label, empty_label=_("Any time"), method=narrow)


class TypedValues(forms.Field):
    """Values that people type, because there are too many to offer; some suggestions may be ticked.

    Each value is a word of its own in the address: `?service=a&service=b`.
    """

    widget = forms.SelectMultiple
    most = 20

    def __init__(self, *, suggestions: Sequence[tuple[str, object]] = (), **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self.suggestions = tuple(suggestions)
        self.choices = self.suggestions  # what a chip shows for a suggestion

    def clean(self, value: object) -> list[str]:
        """The values without blanks; as many as anybody would type."""
        given = value if isinstance(value, list | tuple) else []
        found = dict.fromkeys(str(each).strip()[:200] for each in given)
        return [each for each in found if each and "\0" not in each][: self.most]


class TypedFilter(Filter):
    """Rows that match one of the typed values; `narrow` says what one value means."""

    field_class = TypedValues

    def __init__(self, narrow: Callable[[str, object], Q], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.narrow = narrow

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        """Any of the values; the request's user is known to `narrow`, for "me"."""
        found = Q()
        request = getattr(self.parent, "request", None)
        for each in value or []:
            found |= self.narrow(each, getattr(request, "user", None))
        return queryset.filter(found) if value else queryset


def by_uuid(text: str) -> Q:
    """Rows whose id begins so, with or without hyphens."""
    digits = text.lower().replace("-", "")[:32]
    ends = (0, 8, 12, 16, 20, 32)
    parts = (digits[start:end] for start, end in pairwise(ends))
    return Q(id__startswith="-".join(part for part in parts if part))


def service_filter(path: str = "service") -> TypedFilter:
    """Rows of services whose id is this, or whose name has these words."""

    def narrow(value: str, user: object) -> Q:
        return Q(**{f"{path}__slug": value}) | Q(**{f"{path}__name__icontains": value})

    return TypedFilter(narrow, label=_("Service"))
