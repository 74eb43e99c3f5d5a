"""How lists of messages and of deliveries can be narrowed."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shield.common.filters import AnyOf, age_filter, search_filter
from shield.notify.choices import DeliveryState, Kind
from shield.notify.models import Delivery, Endpoint, Notification

SHOW = [("unread", _("Unread")), ("all", _("All"))]
READ = [("yes", _("Read")), ("no", _("Unread"))]
ACTIVE = [("yes", _("On")), ("no", _("Off"))]


class NotificationFilter(django_filters.FilterSet):
    """Messages by words, kind, whether they are read, and age."""

    q = search_filter("object_text", "service_text")
    kind = AnyOf(choices=Kind, label=_("About"))
    read = django_filters.ChoiceFilter(
        choices=READ, label=_("Read"), empty_label=_("All"), method="filter_read"
    )
    at = age_filter("at", _("When"))

    class Meta:
        model = Notification
        fields: list[str] = []

    def filter_read(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Read or unread ones."""
        return queryset.filter(read_at__isnull=value == "no")


class EndpointFilter(django_filters.FilterSet):
    """Webhooks by words and whether they are on."""

    q = search_filter("name", "url")
    active = django_filters.ChoiceFilter(
        choices=ACTIVE, label=_("State"), empty_label=_("All"), method="filter_active"
    )

    class Meta:
        model = Endpoint
        fields: list[str] = []

    def filter_active(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Those that are on, or off."""
        return queryset.filter(active=value == "yes")


class DeliveryFilter(django_filters.FilterSet):
    """Deliveries by act, state and age."""

    q = search_filter("act", "error")
    state = AnyOf(choices=DeliveryState, label=_("State"))
    created = age_filter("created_at", _("When"))

    class Meta:
        model = Delivery
        fields: list[str] = []
