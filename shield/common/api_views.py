"""Parts that every API view shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    NotFound,
    Throttled,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shield.common.api_etags import Conditional
from shield.common.api_once import Once
from shield.common.api_throttles import CallerThrottle
from shield.common.errors import ShieldError


class Acts(Once, Conditional):
    """Mixin of every view: names its acts for `PolicyPermission`, and shows only visible rows.

    `acts`: action or HTTP method → act of `shield.accounts.policy`. What is not named is refused.
    With it come `Idempotency-Key` (`api_once`), ETags and If-Match (`api_etags`), and a limit on
    tries to sign in.
    """

    acts: ClassVar[Mapping[str, str]] = {}

    def get_queryset(self) -> QuerySet:
        """The view's rows, as far as this user may see them.

        A row of a foreign business unit is as if it were not there, whatever the request wants of
        it. The permission classes know; this room knows nothing of people.
        """
        queryset: QuerySet = super().get_queryset()  # type: ignore[misc]
        if getattr(self, "swagger_fake_view", False):
            return queryset
        for permission in self.get_permissions():  # type: ignore[attr-defined]
            queryset = permission.narrow(self.request, self, queryset)  # type: ignore[attr-defined]
        return queryset

    def check_permissions(self, request: Request) -> None:
        """As ever; but what is refused is counted too, which otherwise comes after the permission."""
        try:
            super().check_permissions(request)  # type: ignore[misc]
        except (APIException, ShieldError):
            if request.user is not None and request.user.is_authenticated:
                self.check_throttles(request)  # type: ignore[attr-defined]
            raise

    def handle_exception(self, exc: Exception) -> Response:
        """As ever; but who tries tokens, or none, is counted by address and then told to wait."""
        if isinstance(exc, AuthenticationFailed | NotAuthenticated):
            throttle = CallerThrottle()
            if not throttle.allow_address(self.request):  # type: ignore[attr-defined]
                exc = Throttled(throttle.wait())
        answer: Response = super().handle_exception(exc)  # type: ignore[misc]
        return answer


class ErrorSerializer(serializers.Serializer):
    """The shape of every error of the API."""

    code = serializers.CharField(help_text="for programs; stable")
    message = serializers.CharField(help_text="what happened")
    hint = serializers.CharField(help_text="what to do", allow_blank=True)
    errors = serializers.DictField(required=False, help_text="field → what is wrong with it")


@extend_schema(exclude=True)
class Nothing(APIView):
    """The last route: an address of the API that does not exist answers in the API's own shape."""

    permission_classes = ()
    authentication_classes = ()

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Whatever the method."""
        raise NotFound

    def get(self, request: Request) -> Response:
        """Never reached; names a method so that OPTIONS has something to say."""
        raise NotFound
