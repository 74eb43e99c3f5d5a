"""The one handler that turns errors of the API into JSON.

Every error has the same shape: `{"code", "message", "hint"}`, and `errors` (field → messages) when
fields of the request were wrong. What is not expected stays an exception: it is a bug, and the
server's own handler logs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from shield.common.api_parsers import TooLarge
from shield.common.errors import ShieldError

HINTS: Final[Mapping[str, str]] = {
    "not_authenticated": "Send 'Authorization: Bearer TOKEN'; make one on your account's page.",
    "token_invalid": "It is wrong, expired, revoked, or not allowed from this network: "
    "look at it, or make a new one, on your account's page.",
    "permission_denied": "Ask an administrator for a role that includes it.",
    "not_found": "Check the address and the id.",
    "method_not_allowed": "OPTIONS lists the methods of this address.",
    "parse_error": "Send valid JSON with 'Content-Type: application/json'.",
    "unsupported_media_type": "Send 'Content-Type: application/json'.",
    "not_acceptable": "Send 'Accept: application/json', or no Accept header.",
    "throttled": "Wait as many seconds as Retry-After says.",
    "invalid": "Correct the fields named in 'errors'.",
}


def body(
    code: str, message: str, hint: str = "", errors: Mapping[str, object] | None = None
) -> dict[str, object]:
    """The shape of every error."""
    base: dict[str, object] = {"code": code, "message": message, "hint": hint}
    return base | ({"errors": dict(errors)} if errors else {})


def handle(exception: Exception, context: dict[str, Any]) -> Response | None:
    """The response of an error; None lets Django treat it as the bug that it is."""
    if isinstance(exception, RequestDataTooBig):
        exception = TooLarge()
    if isinstance(exception, SuspiciousOperation):
        exception = exceptions.ParseError("The request cannot be understood.")
    if isinstance(exception, ShieldError):
        set_rollback()
        problems = getattr(exception, "problems", ())
        listed: Mapping[str, object] = {"problems": [each.as_json() for each in problems]}
        text = body(exception.code, exception.message, exception.hint, listed if problems else None)
        return Response(text, status=exception.status)
    response = exception_handler(exception, context)
    if response is None:
        return None
    code = _code(exception)
    if isinstance(exception, exceptions.ValidationError):
        errors = _fields(exception.detail)
        response.data = body("invalid", "The request is not valid.", HINTS["invalid"], errors)
        response.status_code = status.HTTP_400_BAD_REQUEST
    else:
        message = str(getattr(exception, "detail", "") or _messages[code])
        response.data = body(code, message, HINTS.get(code, ""))
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a bug, which Django has logged. JSON for the API, the page for everybody else."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    text = body(
        "server_error",
        "Something went wrong on our side.",
        "It has been logged. Tell whoever runs this server what you did, and when.",
    )
    return JsonResponse(text, status=status.HTTP_500_INTERNAL_SERVER_ERROR)


_messages: Final[Mapping[str, str]] = {
    "not_found": "There is nothing at this address.",
    "permission_denied": "Your role may not do this.",
}


def _code(exception: Exception) -> str:
    if isinstance(exception, Http404):
        return "not_found"
    if isinstance(exception, PermissionDenied):
        return "permission_denied"
    codes = getattr(exception, "get_codes", None)
    code = codes() if codes else "error"
    return code if isinstance(code, str) else "invalid"


def _fields(detail: object) -> dict[str, object]:
    """Field → messages; what belongs to no field stands under `request`."""
    if isinstance(detail, Mapping):
        return {
            ("request" if field == "non_field_errors" else str(field)): messages
            for field, messages in detail.items()
        }
    return {"request": detail}
