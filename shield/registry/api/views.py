"""The inventory over the API."""

from __future__ import annotations

from typing import cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import get_visible_or_404, require
from shield.accounts.policy import EVERYWHERE, PUBLIC
from shield.accounts.recent import require_recent
from shield.audit.api.serializers import EventSerializer
from shield.common.api_views import Acts, ErrorSerializer
from shield.registry import selectors, services
from shield.registry.api import filters, serializers
from shield.registry.erasure import ACT, dataset_erase
from shield.registry.manifest.schema import json_schema
from shield.registry.models import Service
from shield.registry.moves import service_move
from shield.registry.retention import retention, retention_change


class ServiceViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """AI services. They are made by registering a `shield.yaml`."""

    queryset = selectors.services()
    serializer_class = serializers.ServiceSerializer
    filterset_class = filters.ServiceFilter
    ordering_fields = ("name", "slug", "tier", "created_at", "updated_at", "version_count")
    lookup_field = "slug"
    lookup_value_regex = "[-a-z0-9]+"
    acts = {
        "list": "service.view",
        "retrieve": "service.view",
        "partial_update": "service.change",
        "retire": "service.change",
        "restore": "service.change",
        "move": "unit.manage",
        "history": "history.view",
    }

    def _answer(self, service: Service) -> Response:
        shown = self.get_queryset().get(pk=service.pk)
        return Response(serializers.ServiceSerializer(shown).data)

    @extend_schema(
        request=serializers.ServiceChangeSerializer,
        responses={200: serializers.ServiceSerializer, 400: ErrorSerializer},
    )
    def partial_update(self, request: Request, slug: str) -> Response:
        """Change owner, tier, frameworks, name or purpose, with a reason."""
        found = self.get_object()
        wanted = _valid(serializers.ServiceChangeSerializer, request)
        reason = str(wanted.pop("reason"))
        service = services.service_update(
            service=found, changes=wanted, actor=_actor(request), reason=reason
        )
        return self._answer(service)

    @extend_schema(
        request=serializers.ReasonSerializer, responses={200: serializers.ServiceSerializer}
    )
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, slug: str) -> Response:
        """Take the service out of use; its deployments end, its history stays."""
        service = self.get_object()
        reason = str(_valid(serializers.ReasonSerializer, request)["reason"])
        return self._answer(
            services.service_retire(service=service, actor=_actor(request), reason=reason)
        )

    @extend_schema(
        request=serializers.ReasonSerializer, responses={200: serializers.ServiceSerializer}
    )
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, slug: str) -> Response:
        """Take a retired service back into use."""
        service = self.get_object()
        reason = str(_valid(serializers.ReasonSerializer, request)["reason"])
        return self._answer(
            services.service_restore(service=service, actor=_actor(request), reason=reason)
        )

    @extend_schema(
        request=serializers.MoveSerializer,
        responses={200: serializers.ServiceSerializer, 403: ErrorSerializer, 422: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def move(self, request: Request, slug: str) -> Response:
        """Move the service, with all that belongs to it, to another business unit."""
        service = self.get_object()
        wanted = _valid(serializers.MoveSerializer, request)
        actor = cast(User, request.user)
        unit = get_visible_or_404(
            BusinessUnit.objects.all(), actor, "unit.manage", slug=wanted["unit"]
        )
        require_recent(request)
        moved = service_move(actor=actor, service=service, unit=unit, reason=str(wanted["reason"]))
        return self._answer(moved)

    @extend_schema(responses={200: EventSerializer(many=True)}, filters=False)
    @action(detail=True, methods=["get"], filter_backends=[])
    def history(self, request: Request, slug: str) -> Response:
        """What happened to the service, its versions, datasets and deployments, newest first."""
        page = self.paginate_queryset(selectors.service_history(self.get_object()))
        return self.get_paginated_response(EventSerializer(page, many=True).data)


class VersionViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Versions: a label names one artefact for ever."""

    queryset = selectors.versions()
    serializer_class = serializers.VersionSerializer
    filterset_class = filters.VersionFilter
    ordering_fields = ("id", "label", "created_at")
    acts = {"list": "service.view", "retrieve": "service.view"}


class DatasetViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Datasets: digest, schema, rows, role. Their rows are not served."""

    queryset = selectors.datasets()
    serializer_class = serializers.DatasetSerializer
    filterset_class = filters.DatasetFilter
    ordering_fields = ("id", "rows", "created_at")
    acts = {"list": "dataset.view", "retrieve": "dataset.view", "erase": ACT}

    @extend_schema(
        request=serializers.EraseSerializer,
        responses={200: serializers.DatasetSerializer, 409: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: str) -> Response:
        """Erase the bytes for good; what was measured on them stays."""
        dataset = self.get_object()
        wanted = _valid(serializers.EraseSerializer, request)
        dataset_erase(
            dataset=dataset,
            actor=request.user,
            reason=str(wanted["reason"]),
            everywhere=bool(wanted["everywhere"]),
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=dataset.pk)).data)


class RetentionView(Acts, APIView):
    """How long uploaded data is kept after nothing needs it any more."""

    acts = {"GET": "dataset.view", "PUT": "settings.manage"}

    @extend_schema(responses={200: serializers.RetentionSerializer})
    def get(self, request: Request) -> Response:
        """The policy of the organisation."""
        return Response(serializers.RetentionSerializer(retention()).data)

    @extend_schema(
        request=serializers.RetentionSerializer,
        responses={200: serializers.RetentionSerializer, 403: ErrorSerializer},
    )
    def put(self, request: Request) -> Response:
        """Change it, with a reason; for administrators of the whole organisation."""
        require(request.user, "settings.manage", EVERYWHERE)
        wanted = _valid(serializers.RetentionSerializer, request)
        row = retention_change(
            keep_days=wanted["keep_days"],  # type: ignore[arg-type]
            actor=request.user,
            reason=str(wanted["reason"]),
        )
        return Response(serializers.RetentionSerializer(row).data)


@extend_schema_view(
    create=extend_schema(
        request=serializers.DeploymentStartSerializer,
        responses={201: serializers.DeploymentSerializer, 409: ErrorSerializer},
    )
)
class DeploymentViewSet(
    Acts,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Deployments: which version served where, from when to when."""

    queryset = selectors.deployments()
    serializer_class = serializers.DeploymentSerializer
    filterset_class = filters.DeploymentFilter
    ordering_fields = ("id", "started_at", "ended_at")
    acts = {
        "list": "service.view",
        "retrieve": "service.view",
        "create": "deployment.change",
        "end": "deployment.change",
    }

    def create(self, request: Request) -> Response:
        """Say that a version serves; what served there until then ends at the same moment."""
        wanted = _valid(serializers.DeploymentStartSerializer, request)
        version = get_visible_or_404(
            selectors.versions(), request.user, "service.view", pk=wanted["version"]
        )
        require(request.user, "deployment.change", version)
        deployment = services.deployment_start(
            version=version,
            environment=str(wanted["environment"]),
            actor=_actor(request),
            at=wanted.get("started_at"),  # type: ignore[arg-type]
            reason=str(wanted["reason"]),
        )
        shown = serializers.DeploymentSerializer(self.get_queryset().get(pk=deployment.pk))
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=serializers.DeploymentEndSerializer,
        responses={200: serializers.DeploymentSerializer, 422: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """Say that it no longer serves."""
        wanted = _valid(serializers.DeploymentEndSerializer, request)
        deployment = services.deployment_end(
            deployment=self.get_object(),
            actor=_actor(request),
            at=wanted.get("ended_at"),  # type: ignore[arg-type]
            reason=str(wanted["reason"]),
        )
        return Response(serializers.DeploymentSerializer(deployment).data)


class ManifestSchemaView(Acts, APIView):
    """The JSON Schema of `shield.yaml`, for editors; open to everybody."""

    acts = {"GET": PUBLIC}

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, auth=[])
    def get(self, request: Request) -> Response:
        """The schema."""
        return Response(json_schema())


def _actor(request: Request) -> str:
    return request.user.get_username()


def _valid(kind: type[BaseSerializer], request: Request) -> dict[str, object]:
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
