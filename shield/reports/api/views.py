"""The published schema of results, and the report of a run in its other formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shield.accounts.pages import get_visible_or_404
from shield.accounts.policy import PUBLIC
from shield.common.api_views import Acts, ErrorSerializer
from shield.common.errors import Conflict
from shield.records.choices import RunState
from shield.records.models import Run
from shield.reports import html, junit, markdown, pdf, sarif
from shield.reports.result import result_document, schema

FORMATS: Final[Mapping[str, tuple[str, str, Callable[[Run], bytes]]]] = {
    # name → (ending, content type, maker)
    "html": ("html", "text/html; charset=utf-8", lambda run: html.render(run).encode()),
    "pdf": ("pdf", "application/pdf", pdf.render),
    "sarif": ("sarif", "application/sarif+json", lambda run: sarif.render(result_document(run))),
    "md": ("md", "text/markdown; charset=utf-8", lambda run: markdown.render(result_document(run))),
    "junit": ("xml", "application/xml", lambda run: junit.render(result_document(run))),
}


class ResultSchemaView(Acts, APIView):
    """The JSON Schema of result version 1; open to everybody."""

    acts = {"GET": PUBLIC}

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, auth=[])
    def get(self, request: Request) -> Response:
        """The schema."""
        return Response(schema())


class RunReportView(Acts, APIView):
    """The report of a finished run as a file."""

    acts = {"GET": "report.view"}

    @extend_schema(
        parameters=[OpenApiParameter("form", str, OpenApiParameter.PATH, enum=list(FORMATS))],
        responses={(200, "*/*"): OpenApiTypes.BINARY, 404: ErrorSerializer, 409: ErrorSerializer},
    )
    def get(self, request: Request, uuid: str, form: str) -> HttpResponse:
        """html, pdf, sarif or junit; the JSON result has an address of its own."""
        rows = Run.objects.select_related("service", "version")
        run = get_visible_or_404(rows, request.user, "report.view", pk=uuid)
        if run.state != RunState.FINISHED:
            raise Conflict(
                "report.unfinished",
                f"The run is {RunState(run.state).label.lower()}; only a finished one has a report.",
                "Wait until it has finished.",
            )
        ending, content_type, make = FORMATS[form]
        response = HttpResponse(make(run), content_type=content_type)
        name = f"{run.service.slug}-{str(run.pk)[:8]}.{ending}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
