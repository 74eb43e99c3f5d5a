"""The history over the API, and what proves it: reading only."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shield.audit import selectors
from shield.audit.api import serializers
from shield.audit.keys import trusted_keys
from shield.audit.models import Event, Head, Seal
from shield.common.api_filters import MomentFilter
from shield.common.api_views import Acts
from shield.common.filters import search_filter

VIEW = "history.view"


class EventFilter(filters.FilterSet):
    """By words, object, actor, act, business unit, request and time."""

    search = search_filter("object_text", "actor", "reason")
    act = filters.BaseInFilter(lookup_expr="in", help_text="one or more, separated by commas")
    unit = filters.NumberFilter(min_value=0, max_value=2**63 - 1)
    since = MomentFilter(field_name="at", lookup_expr="gte")
    until = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = Event
        fields = (
            "search",
            "object_type",
            "object_id",
            "actor",
            "act",
            "unit",
            "request_id",
            "since",
            "until",
        )


class EventViewSet(Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Every decision and change in the business units that one may see, the newest first."""

    queryset = selectors.events()
    serializer_class = serializers.EventSerializer
    filterset_class = EventFilter
    ordering_fields = ("at", "id")
    acts = {"list": VIEW, "retrieve": VIEW}

    @extend_schema(responses={200: serializers.SealedEventSerializer})
    def retrieve(self, request: Request, pk: str) -> Response:
        """One event with its place in its chain."""
        event = self.get_object()
        event.seal = Seal.objects.filter(event=event.pk).first()
        return Response(serializers.SealedEventSerializer(event).data)


class HeadFilter(filters.FilterSet):
    """By chain and time."""

    since = MomentFilter(field_name="at", lookup_expr="gte")
    until = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = Head
        fields = ("chain", "since", "until")


class HeadViewSet(Acts, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Signed heads, the newest first: keep copies elsewhere, and compare."""

    queryset: QuerySet[Head] = selectors.heads()
    serializer_class = serializers.HeadSerializer
    filterset_class = HeadFilter
    ordering_fields = ("at", "position")
    acts = {"list": VIEW}


class TrailView(Acts, APIView):
    """How the audit trail stands."""

    acts = {"GET": VIEW}

    @extend_schema(responses={200: serializers.TrailSerializer})
    def get(self, request: Request) -> Response:
        """Chains with their signed heads, what is not sealed yet, and the last verification."""
        return Response(serializers.TrailSerializer(selectors.trail_state()).data)


class KeyView(Acts, APIView):
    """The public keys that the heads verify with."""

    acts = {"GET": VIEW}

    @extend_schema(responses={200: serializers.KeySerializer(many=True)})
    def get(self, request: Request) -> Response:
        """The present key first, then those that signed before it (Ed25519)."""
        keys = list(trusted_keys().values())
        return Response(serializers.KeySerializer(keys, many=True).data)
