"""Webhooks over the API: make, change, try and replay them."""

from __future__ import annotations

from typing import Any, cast

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from shield.accounts.pages import require
from shield.accounts.policy import EVERYWHERE
from shield.common.api_views import Acts, ErrorSerializer
from shield.notify.api import serializers
from shield.notify.api.views import valid
from shield.notify.models import Delivery, Endpoint
from shield.notify.services import endpoints as services

MANAGE = "webhook.manage"


class EndpointFilter(filters.FilterSet):
    """By unit and state."""

    unit = filters.CharFilter(field_name="unit__slug")

    class Meta:
        model = Endpoint
        fields = ("active", "format")


class EndpointViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Addresses that signed events are sent to. A unit's webhook gets the events of that unit alone."""

    queryset = Endpoint.objects.select_related("unit")
    serializer_class = serializers.EndpointSerializer
    filterset_class = EndpointFilter
    ordering_fields = ("id", "name", "created_at", "last_success_at")
    lookup_value_regex = r"\d+"
    secret_answers = ("create", "rotate")
    acts = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "switch", "rotate", "ping", "replay"),
        MANAGE,
    )

    @extend_schema(
        request=serializers.NewEndpointSerializer,
        responses={
            201: serializers.EndpointWithSecretSerializer,
            400: ErrorSerializer,
            422: ErrorSerializer,
        },
    )
    def create(self, request: Request) -> Response:
        """Make one; the answer holds its secret, once."""
        wanted = valid(serializers.NewEndpointSerializer, request)
        unit = wanted.pop("unit")
        require(request.user, MANAGE, unit or EVERYWHERE)
        row, secret = services.endpoint_create(
            terms=services.Terms(**wanted), unit=unit, actor=_actor(request)
        )
        return _with_secret(row, secret, status.HTTP_201_CREATED)

    @extend_schema(
        request=serializers.TermsSerializer,
        responses={
            200: serializers.EndpointSerializer,
            400: ErrorSerializer,
            409: ErrorSerializer,
            422: ErrorSerializer,
        },
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change name, address, events or format; what is not sent stays."""
        row = cast(Endpoint, self.get_object())
        now = {"name": row.name, "url": row.url, "acts": row.acts, "format": row.format}
        serializer = serializers.TermsSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        sent = {
            key: value for key, value in serializer.validated_data.items() if key in request.data
        }
        row = services.endpoint_change(
            endpoint=row, terms=services.Terms(**{**now, **sent}), actor=_actor(request)
        )
        return Response(self.get_serializer(row).data)

    @extend_schema(
        request=serializers.SwitchSerializer,
        responses={200: serializers.EndpointSerializer, 400: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def switch(self, request: Request, pk: str) -> Response:
        """On or off; off drops what waits."""
        row = self.get_object()
        wanted = valid(serializers.SwitchSerializer, request)
        row = services.endpoint_switch(endpoint=row, actor=_actor(request), **wanted)
        return Response(self.get_serializer(row).data)

    @extend_schema(request=None, responses=serializers.EndpointWithSecretSerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """A new secret, shown once; the old one signs beside it for 24 hours."""
        row, secret = services.endpoint_rotate(endpoint=self.get_object(), actor=_actor(request))
        return _with_secret(row, secret)

    @extend_schema(
        request=None, responses={202: serializers.DeliverySerializer, 409: ErrorSerializer}
    )
    @action(detail=True, methods=["post"])
    def ping(self, request: Request, pk: str) -> Response:
        """Send something that says nothing, to try the address."""
        made = services.endpoint_ping(endpoint=self.get_object(), actor=_actor(request))
        shown = serializers.DeliverySerializer(made)
        return Response(shown.data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        request=serializers.ReplaySerializer,
        responses={202: serializers.CountSerializer, 400: ErrorSerializer, 409: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Send deliveries again, or all that were given up; they keep their ids."""
        row = self.get_object()
        ids = valid(serializers.ReplaySerializer, request)["deliveries"]
        total = services.deliveries_replay(endpoint=row, actor=_actor(request), ids=ids)
        return Response({"count": total}, status=status.HTTP_202_ACCEPTED)


class DeliveryFilter(filters.FilterSet):
    """By state, act and webhook."""

    endpoint = filters.NumberFilter(field_name="endpoint", min_value=1, max_value=2**63 - 1)

    class Meta:
        model = Delivery
        fields = ("state", "act", "endpoint")


class DeliveryViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """The delivery log of the webhooks that the caller manages, the newest first."""

    queryset = Delivery.objects.exclude(endpoint=None)
    serializer_class = serializers.DeliverySerializer
    filterset_class = DeliveryFilter
    ordering_fields = ("created_at", "due_at", "attempts")
    acts = {"list": MANAGE, "retrieve": MANAGE}

    @extend_schema(responses=serializers.DeliveryDetailSerializer)
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One delivery with its attempts."""
        return Response(serializers.DeliveryDetailSerializer(self.get_object()).data)


def _actor(request: Request) -> str:
    return request.user.get_username()


def _with_secret(row: Endpoint, secret: str, code: int = status.HTTP_200_OK) -> Response:
    shown: Any = serializers.EndpointWithSecretSerializer(row, context={"secret": secret})
    response = Response(shown.data, status=code)
    response["Cache-Control"] = "no-store"
    return response
