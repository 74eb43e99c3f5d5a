"""What the audit trail can be narrowed by."""

from __future__ import annotations

import re
from typing import Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shield.accounts.models import BusinessUnit
from shield.accounts.policy import visible
from shield.audit.models import Event
from shield.common.distinct import distinct_values
from shield.common.filters import AnyOf, TypedFilter, age_filter, search_filter

MOST_CHOICES = 300
EVERYWHERE = "everywhere"
LIKE_AN_ID: Final = re.compile(r"(?=.*[0-9])[\w.:-]{1,64}")
"""1234, a UUID, req-9: what is asked for whole."""
ACTORS: Final = [("me", _("Me")), ("system", _("The system"))]


def by_number(text: str) -> Q:
    """A number means that event; an id the object, or the request, that has it.

    Words are no ids: an index answers for ids alone.
    """
    if not LIKE_AN_ID.fullmatch(text):
        return Q(pk__in=[])
    found = Q(request_id=text) | Q(object_id=text)
    return (
        found | Q(pk=int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else found
    )


def distinct(column: str) -> list[tuple[str, str]]:
    """The values of an indexed column of the events as choices."""
    return [(value, value) for value in distinct_values(Event, column, most=MOST_CHOICES)]


def by_actor(value: str, user: object) -> Q:
    """`me`, or a name as the events have it: too many appear there to offer them all."""
    return Q(actor=str(getattr(user, "username", "")) if value == "me" else value)


class EventFilter(django_filters.FilterSet):
    """Events by text, act, actor, object, business unit and time."""

    q = search_filter("object_text", "actor", "reason", exact=by_number)
    act = AnyOf(choices=[], label=_("Act"))
    actor = TypedFilter(by_actor, label=_("Actor"), suggestions=ACTORS)
    object_type = AnyOf(choices=[], label=_("Object"))
    unit = django_filters.ChoiceFilter(
        choices=[], label=_("Business unit"), empty_label=_("Every unit"), method="filter_unit"
    )
    when = age_filter("at", _("When"))

    class Meta:
        model = Event
        fields: list[str] = []

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in ("act", "object_type"):
            self.filters[name].extra["choices"] = distinct(name)
        user = getattr(self.request, "user", None)
        units = visible(BusinessUnit.objects.all(), user, "history.view")
        self.filters["unit"].extra["choices"] = [
            (EVERYWHERE, _("Whole organisation")),
            *((unit.slug, unit.name) for unit in units),
        ]

    def filter_unit(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """The events of one unit, or those that concern the organisation."""
        if value == EVERYWHERE:
            return queryset.filter(unit=None)
        return queryset.filter(unit__in=BusinessUnit.objects.filter(slug=value).values("pk"))
