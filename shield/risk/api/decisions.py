"""What the views of all proposals share: single rows as answers, and the three decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Final

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from shield.accounts.models import User
from shield.common.api_views import Acts, ErrorSerializer
from shield.risk.api.requests import ApproveSerializer, RejectSerializer, WithdrawSerializer
from shield.risk.views.acts import actor_of

ERRORS: Final[dict[int, Any]] = {
    code: OpenApiResponse(ErrorSerializer) for code in (400, 403, 404, 409, 422)
}


def valid(kind: type[BaseSerializer], request: Request) -> dict[str, Any]:
    """The body of a request, or its errors as 400."""
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class ReadOnly(Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Lists and single rows, known by their number."""

    lookup_value_regex = r"\d+"

    def check_object_permissions(self, request: Request, obj: object) -> None:
        """Reading is decided by which rows are visible: what belongs to the whole organisation is
        readable by whoever may read in any unit. Everything else is asked of the row."""
        if self.action != "retrieve":
            super().check_object_permissions(request, obj)

    def answer(self, pk: object, code: int = status.HTTP_200_OK) -> Response:
        """One row, freshly read, as the view shows it."""
        shown = self.get_serializer(self.get_queryset().get(pk=pk))
        return Response(shown.data, status=code)


Service = Callable[..., object]


class Decisions(ReadOnly):
    """A proposal that a second person approves or rejects and the first may withdraw.

    `decisions` names the services; `subject` the keyword under which they take the proposal.
    """

    subject: ClassVar[str]
    decisions: ClassVar[dict[str, Service]]

    def decided(self, request: Request, act: str, kind: type[BaseSerializer]) -> Response:
        """Call the service of an act and show the proposal again."""
        row = self.get_object()
        facts: dict[str, object] = {self.subject: row, **valid(kind, request)}
        actor: User = actor_of(request)
        self.decisions[act](actor=actor, **facts)
        return self.answer(row.pk)

    @extend_schema(request=ApproveSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Put it in force, with a reason. Never by whoever proposed it."""
        return self.decided(request, "approve", ApproveSerializer)

    @extend_schema(request=RejectSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Say no, with a reason. Never by whoever proposed it."""
        return self.decided(request, "reject", RejectSerializer)

    @extend_schema(request=WithdrawSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take the proposal back before it is decided."""
        return self.decided(request, "withdraw", WithdrawSerializer)
