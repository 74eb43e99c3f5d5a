"""The report as one HTML file that needs nothing else: no script, no font, no address."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from shield.records.models import Run
from shield.reports.report import Report
from shield.reports.sections import SECTIONS


def render(run: Run) -> str:
    """The whole document. Reads the run afresh; writes nothing."""
    report = Report.of(run)
    context = {
        "report": report,
        "run": report.run,
        "sections": SECTIONS.of(report),
        "style": mark_safe(stylesheet()),  # noqa: S308  our own file
        "policy": content_security_policy(),
    }
    return render_to_string("reports/report.html", context).lstrip()


@cache
def stylesheet() -> str:
    """The style of reports and their charts."""
    folder = files("shield.reports") / "static" / "reports"
    return "\n".join(
        (folder / name).read_text(encoding="utf-8") for name in ("charts.css", "report.css")
    )


@cache
def content_security_policy() -> str:
    """Nothing may load; the one style element is allowed by its digest.

    A server that sends the document sends this as its header too.
    """
    digest = base64.b64encode(hashlib.sha256(stylesheet().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'"
