"""A run's result as a file, in the formats of the `assess` command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views import View

import shield.reports.html as html_report
import shield.reports.pdf as pdf_report
from assessments.views.runs import find_run
from shield.accounts.pages import PermissionRequired
from shield.common.errors import Conflict
from shield.evidence.canonical import canonical_json
from shield.records.choices import RunState
from shield.records.models import Run
from shield.reports import junit, markdown, sarif
from shield.reports.result import result_document

FORMATS: Final[dict[str, tuple[str, str, Callable[[Run], bytes | str]]]] = {
    "json": (
        "application/json",
        "json",
        lambda run: canonical_json(result_document(run)),
    ),
    "sarif": (
        "application/sarif+json",
        "sarif.json",
        lambda run: sarif.render(result_document(run)),
    ),
    "junit": (
        "application/xml",
        "junit.xml",
        lambda run: junit.render(result_document(run)),
    ),
    "md": (
        "text/markdown; charset=utf-8",
        "md",
        lambda run: markdown.render(result_document(run)),
    ),
    "html": ("text/html; charset=utf-8", "html", html_report.render),
    "pdf": ("application/pdf", "pdf", pdf_report.render),
}


class RunDownload(PermissionRequired, View):
    """The result of a finished run; Conflict while there is none."""

    act = "report.view"

    def get(self, request: HttpRequest, pk: object, kind: str) -> HttpResponse:
        """An attachment, named after the service and the run."""
        if kind not in FORMATS:
            raise Http404(kind)
        run = find_run(pk, request.user)
        if run.state != RunState.FINISHED:
            raise Conflict(
                "run.no_result",
                _("This run has no result to download."),
                _("Only a finished run has one; this one is %(state)s.")
                % {"state": RunState(run.state).label.lower()},
            )
        content_type, suffix, render = FORMATS[kind]
        response = HttpResponse(render(run), content_type=content_type)
        name = f"{run.service.slug}-{str(run.pk)[:8]}.{suffix}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
