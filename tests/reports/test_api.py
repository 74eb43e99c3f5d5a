"""Reports and the result's schema over the API."""

from __future__ import annotations

import pytest
from django.test import Client

from shield.accounts.choices import Role
from shield.records.choices import RunState
from shield.reports.result import schema
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer() -> Client:
    client = Client()
    client.force_login(factories.user(role=Role.VIEWER))
    return client


def test_the_schema_is_open_to_everybody():
    response = Client().get("/api/v1/schemas/result-v1.schema.json")
    assert response.json() == schema()


@pytest.mark.parametrize(
    ("form", "content_type", "begins"),
    [
        ("html", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ("pdf", "application/pdf", b"%PDF-"),
        ("sarif", "application/sarif+json", b"{"),
        ("junit", "application/xml", b"<?xml"),
    ],
)
def test_a_report_is_a_file_to_keep(viewer, run, form, content_type, begins):
    response = viewer.get(f"/api/v1/runs/{run.pk}/reports/{form}")
    assert response.status_code == 200
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"].startswith(
        f'attachment; filename="mortgage-approval-{str(run.pk)[:8]}.'
    )
    assert response.content.startswith(begins)


def test_there_are_no_other_formats(viewer, run):
    assert viewer.get(f"/api/v1/runs/{run.pk}/reports/docx").status_code == 404


def test_an_unfinished_run_has_no_report(viewer):
    run = factories.run(state=RunState.RUNNING)
    response = viewer.get(f"/api/v1/runs/{run.pk}/reports/html")
    assert response.status_code == 409
    assert response.json()["code"] == "report.unfinished"
