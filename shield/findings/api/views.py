"""Findings over the API: read them, talk about them, take them on."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from shield.common.api_views import Acts, ErrorSerializer
from shield.findings import selectors, services
from shield.findings.api import filters, serializers
from shield.findings.models import Finding


class FindingViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Failed measurements with an identity, an owner and a clock. Runs make and resolve them."""

    queryset = selectors.findings_all()
    serializer_class = serializers.FindingSerializer
    filterset_class = filters.FindingFilter
    ordering_fields = ("id", "due_at", "opened_at", "updated_at", "state", "service")
    lookup_value_regex = r"\d+"
    acts = {
        "list": "finding.view",
        "retrieve": "finding.view",
        "comment": "finding.comment",
        "assign": "finding.work",
        "start": "finding.work",
    }

    @extend_schema(responses={200: serializers.FindingDetailSerializer})
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One finding with its history."""
        return self._answer(self.get_object())

    @extend_schema(
        request=serializers.CommentSerializer,
        responses={201: serializers.TimelineSerializer, 400: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: str) -> Response:
        """Add a comment to the timeline."""
        text = str(_valid(serializers.CommentSerializer, request)["text"])
        entry = services.finding_comment(
            finding=self.get_object(), text=text, actor=_actor(request)
        )
        shown = serializers.TimelineSerializer(entry)
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=serializers.AssignSerializer,
        responses={200: serializers.FindingDetailSerializer, 400: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Make somebody responsible, or nobody."""
        assignee = _valid(serializers.AssignSerializer, request)["assignee"]
        finding = services.finding_assign(
            finding=self.get_object(),
            assignee=assignee,  # type: ignore[arg-type]
            actor=_actor(request),
        )
        return self._answer(finding)

    @extend_schema(
        request=serializers.StartSerializer,
        responses={200: serializers.FindingDetailSerializer, 409: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Begin to work on it: open or regressed becomes in progress."""
        note = str(_valid(serializers.StartSerializer, request)["note"])
        finding = services.finding_start(
            finding=self.get_object(), actor=_actor(request), note=note
        )
        return self._answer(finding)

    def _answer(self, finding: Finding) -> Response:
        shown = self.get_queryset().prefetch_related("timeline").get(pk=finding.pk)
        return Response(serializers.FindingDetailSerializer(shown).data)


def _actor(request: Request) -> str:
    return request.user.get_username()


def _valid(kind: type[BaseSerializer], request: Request) -> dict[str, object]:
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
