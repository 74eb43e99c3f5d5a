"""What lists of incidents can be narrowed by."""

from __future__ import annotations

import re

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shield.common.filters import AnyOf, age_filter, search_filter, service_filter
from shield.incidents.choices import IncidentState
from shield.incidents.models import Incident
from shield.incidents.selectors import WAITING, notification_overdue
from shield.records.choices import SeverityChoice

SHOW = [("active", _("Open")), ("closed", _("Closed")), ("all", _("All"))]
CLOCK = [("overdue", _("Overdue")), ("waiting", _("Not decided, or not done"))]


def by_label(text: str) -> Q:
    """INC-12, inc 12 or 12 means that incident."""
    match = re.fullmatch(r"\s*(?:inc[-\s]?)?(\d{1,18})\s*", text, re.IGNORECASE)
    return Q(pk=int(match[1])) if match else Q(pk__in=[])


class IncidentFilter(django_filters.FilterSet):
    """Incidents by text, severity, state, service, age, and what authorities must know."""

    q = search_filter("title", "what_happened", "service__name", "service__slug", exact=by_label)
    severity = AnyOf(choices=SeverityChoice, label=_("Severity"))
    state = AnyOf(choices=IncidentState, label=_("State"))
    service = service_filter()
    notification = django_filters.ChoiceFilter(
        choices=CLOCK, label=_("Authority"), empty_label=_("Any"), method="filter_notification"
    )
    noticed = age_filter("noticed_at", _("Noticed"))
    show = django_filters.ChoiceFilter(choices=SHOW, label=_("Show"), method="filter_show")

    class Meta:
        model = Incident
        fields: list[str] = []

    def filter_notification(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Where an authority should know already, or where that is open."""
        if value == "overdue":
            return queryset.filter(notification_overdue())
        return queryset.filter(notification__in=WAITING)

    def filter_show(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Those that ask for work, those that are over, or all."""
        if value == "active":
            return queryset.filter(state__in=IncidentState.active())
        return queryset.filter(state=IncidentState.CLOSED) if value == "closed" else queryset
