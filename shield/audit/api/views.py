"""The history over the API: reading only."""

from __future__ import annotations

from django_filters import rest_framework as filters
from rest_framework import mixins, viewsets

from shield.audit import selectors
from shield.audit.api.serializers import EventSerializer
from shield.audit.models import Event
from shield.common.api_filters import MomentFilter
from shield.common.api_views import Acts


class EventFilter(filters.FilterSet):
    """By object, actor, act and time."""

    since = MomentFilter(field_name="at", lookup_expr="gte")
    until = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = Event
        fields = ("object_type", "object_id", "actor", "act")


class EventViewSet(Acts, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Every decision and change, the newest first."""

    queryset = selectors.events()
    serializer_class = EventSerializer
    filterset_class = EventFilter
    ordering_fields = ("at", "id")
    acts = {"list": "history.view"}
