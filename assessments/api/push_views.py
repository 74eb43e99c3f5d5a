"""Metrics of other tools over the API."""

from __future__ import annotations

from typing import cast

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assessments.api.push_serializers import (
    BatchSerializer,
    PointSerializer,
    PushAnswerSerializer,
)
from assessments.pushes import MOST, Point, PointProblem, WrongPoints, metrics_push
from shield.accounts.models import User
from shield.common.api_views import Acts, ErrorSerializer


class MetricsView(Acts, APIView):
    """What other tools measured, judged by this server's limits."""

    acts = {"POST": "metric.push"}

    @extend_schema(
        request=PolymorphicProxySerializer(
            component_name="Metrics",
            serializers=[PointSerializer, BatchSerializer],
            resource_type_field_name=None,
        ),
        responses={200: PushAnswerSerializer, 422: ErrorSerializer},
        operation_id="metrics_push",
    )
    def post(self, request: Request) -> Response:
        """One point, or `{"points": […]}`: all are kept or none; a known one is not kept twice."""
        points = _points(request.data)
        pushed = metrics_push(user=cast(User, request.user), points=points)
        return Response(PushAnswerSerializer({"points": pushed}).data)


def _points(body: object) -> list[Point]:
    """Every point, or WrongPoints with what is wrong with each."""
    if not isinstance(body, dict):
        raise ValidationError({"request": ["one point, or {'points': […]}"]})
    listed = body.get("points", [body])
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST:
        raise ValidationError({"points": [f"a list of 1 to {MOST} points"]})
    read = [PointSerializer(data=each) for each in listed]
    problems = [
        PointProblem(index, str(field), _text(messages))
        for index, serializer in enumerate(read)
        if not serializer.is_valid()
        for field, messages in serializer.errors.items()
    ]
    if problems:
        raise WrongPoints(problems)
    return [serializer.point() for serializer in read]


def _text(messages: object) -> str:
    """The messages of a field as one line."""
    if isinstance(messages, dict):
        return "; ".join(f"{key}: {_text(value)}" for key, value in messages.items())
    if isinstance(messages, list | tuple):
        return " ".join(_text(each) for each in messages)
    return str(messages)
