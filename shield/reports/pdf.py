"""The report as PDF, made on the server from the same HTML."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from shield.common.errors import MissingPrerequisite
from shield.records.models import Run
from shield.reports import html

if TYPE_CHECKING:  # importing it loads Pango
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

HINT = (
    "Install Pango: `apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0` on "
    "Debian and Ubuntu, `brew install pango` on macOS. HTML, JSON, SARIF and JUnit need nothing."
)


def render(run: Run) -> bytes:
    """The PDF's bytes: the same run gives the same bytes.

    Raises MissingPrerequisite where the system lacks Pango.
    """
    return to_pdf(html.render(run), identifier=run.pk.bytes)


def require() -> None:
    """Raise MissingPrerequisite, before any work, where no PDF could be made."""
    _typesetter()


def to_pdf(document: str, *, identifier: bytes) -> bytes:
    """PDF/UA (tagged, for screen readers) of a stand-alone HTML document."""
    return _typesetter()(string=document, url_fetcher=_refusing()).write_pdf(
        pdf_variant="pdf/ua-1", pdf_identifier=identifier
    )


def _typesetter() -> type[HTML]:
    try:
        # Loads Pango through the system's linker: not before somebody wants a PDF.
        from weasyprint import HTML
    except OSError as error:
        raise MissingPrerequisite(
            "pdf.pango", f"PDF needs the system library Pango, which is missing ({error}).", HINT
        ) from error
    # Screen-only style is not for paper, and fontTools tells every glyph it drops.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    return HTML


def _refusing() -> URLFetcher:
    """What WeasyPrint asks for addresses: it gives none, of the network or of this machine.

    Whatever hostile text may have become an address is left out of the document.
    """
    from weasyprint.urls import URLFetcher

    class Refusing(URLFetcher):
        def fetch(self, url: str, headers: object = None) -> object:
            raise ValueError(f"a report loads nothing, but asked for {url}")

    return Refusing()
