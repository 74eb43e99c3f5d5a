from __future__ import annotations

import builtins
import re
import shutil
import subprocess

import pytest

from shield.common.errors import MissingPrerequisite
from shield.reports import pdf

pytestmark = pytest.mark.django_db


def _ask(tool: str, data: bytes, tmp_path, *arguments: str) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(data)
    if shutil.which(tool) is None:
        pytest.skip(f"reading a PDF back needs {tool}: apt-get install poppler-utils")
    done = subprocess.run(
        [tool, *(each.format(path) for each in arguments)], capture_output=True, check=True
    )
    return done.stdout.decode()


def _text(data: bytes, tmp_path) -> str:
    return _ask("pdftotext", data, tmp_path, "-layout", "{}", "-")


@pytest.fixture
def data(run):
    return pdf.render(run)


def test_it_is_a_tagged_pdf_for_screen_readers(data, tmp_path):
    facts = _ask("pdfinfo", data, tmp_path, "{}")
    assert re.search(r"Tagged: +yes", facts)
    assert re.search(r"Title: +Mortgage approval 2026.11", facts)


def test_the_same_run_gives_the_same_bytes(data, run):
    assert pdf.render(run) == data


def test_pages_are_numbered_and_carry_the_service(data, tmp_path):
    pages = _text(data, tmp_path).split("\f")[:-1]
    assert len(pages) >= 3
    for number, page in enumerate(pages, start=1):
        assert page.rstrip().replace(" ", "").endswith(f"{number}/{len(pages)}")
    assert all(page.lstrip().startswith("Mortgage approval 2026.11") for page in pages[1:])


def test_the_contents_name_the_page_of_each_section(data, tmp_path):
    pages = _text(data, tmp_path).split("\f")
    for title in ("Findings", "Verdicts, check by check", "How to get the same numbers"):
        number = int(re.search(rf"{title}[ .]+(\d+)\n", pages[0]).group(1))
        assert title in pages[number - 1]


def test_charts_and_sentences_are_in_it(data, tmp_path):
    text = _text(data, tmp_path)
    assert "-0.226 [-0.302, -0.150]" in text
    assert "Approvals of race = black divided by those of race = white" in text


def test_a_report_fetches_no_address_and_no_file_even_if_hostile_text_became_markup(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret")
    at = secret.as_uri()
    hostile = (
        f'<html lang="en"><head><title>x</title><link rel="attachment" href="{at}">'
        f'<link rel="stylesheet" href="{at}"><style>@import url("{at}");'
        "@font-face {font-family: y; src: url(http://127.0.0.1:9/y)}</style></head>"
        f'<body>still there<img src="{at}"><object data="{at}"></object>'
        f'<a rel="attachment" href="{at}">z</a></body></html>'
    )
    made = pdf.to_pdf(hostile, identifier=b"0123456789abcdef")
    assert made.startswith(b"%PDF")
    assert b"EmbeddedFile" not in made
    with pytest.raises(ValueError, match="loads nothing"):
        pdf._refusing().fetch(at)


def test_without_pango_it_says_what_to_install(run, monkeypatch):
    real = builtins.__import__

    def without_pango(name, *args, **kwargs):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(MissingPrerequisite) as caught:
        pdf.render(run)
    assert caught.value.code == "pdf.pango"
    assert "apt-get install libpango-1.0-0" in caught.value.hint
