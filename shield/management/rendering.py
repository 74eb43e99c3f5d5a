"""The formats that a run can be written in; each is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from shield.records.models import Run
from shield.reports.result import result_document, to_bytes

FORMATS = ("json", "sarif", "junit", "markdown", "html", "pdf")


def render(name: str, run: Run) -> bytes:
    """The run in one of FORMATS."""
    # Imported here: HTML and PDF load template engines and fonts that a plain verdict never needs.
    if name == "sarif":
        from shield.reports import sarif

        return sarif.render(result_document(run))
    if name == "junit":
        from shield.reports import junit

        return junit.render(result_document(run))
    if name == "markdown":
        from shield.reports import markdown

        return markdown.render(result_document(run))
    if name == "html":
        from shield.reports import html

        return html.render(run).encode()
    if name == "pdf":
        from shield.reports import pdf

        return pdf.render(run)
    return to_bytes(result_document(run))


def require(names: Iterable[str]) -> None:
    """Refuse, before any work, a format that this machine cannot make (MissingPrerequisite)."""
    if "pdf" in names:
        from shield.reports import pdf  # loads the typesetter and its fonts

        pdf.require()
