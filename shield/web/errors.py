"""The one handler that turns errors into pages: what happened, a code, and what to do next."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from shield.common.errors import ShieldError


class ErrorPages:
    """Middleware: a `ShieldError` that leaves a page's view becomes an error page with its status.

    Errors of the API never arrive here: its own handler has turned them into JSON before.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page for a `ShieldError`; None lets Django handle everything else."""
        if not isinstance(exception, ShieldError):
            return None
        return error_page(
            request,
            status=exception.status,
            code=exception.code,
            message=exception.message,
            hint=exception.hint,
        )


def error_page(
    request: HttpRequest, *, status: int, code: str, message: str, hint: str = ""
) -> HttpResponse:
    """An error page inside the product's frame."""
    context = {"status": status, "code": code, "message": message, "hint": hint}
    return render(request, "errors/error.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request itself is malformed."""
    return error_page(
        request,
        status=400,
        code="bad_request",
        message=_("This request could not be understood."),
        hint=_("Go back and try again; if you followed a link, it may be cut off."),
    )


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not allowed."""
    return error_page(
        request,
        status=403,
        code="not_permitted",
        message=_("You may not do this."),
        hint=_("Ask an administrator for a role that includes it."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's protection token is missing or old."""
    return error_page(
        request,
        status=403,
        code="csrf_failed",
        message=_("This form is no longer valid."),
        hint=_("Reload the page and send it again. Cookies must be allowed for this site."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing lives at this address."""
    return error_page(
        request,
        status=404,
        code="not_found",
        message=_("There is nothing at this address."),
        hint=_("It may have been mistyped. The lists in the navigation show everything there is."),
    )
