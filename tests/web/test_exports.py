"""Lists as files, and a run's result as a download."""

from __future__ import annotations

import csv
import io
import json

import pytest
from django.test import Client
from django.urls import reverse

from shield.findings.models import Finding
from shield.registry.models import Service
from tests.support.pages import World


def exported(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    assert "attachment" in response["Content-Disposition"]
    return b"".join(response.streaming_content).decode()


def test_the_export_has_the_rows_of_the_filtered_list(signed_in: Client, scene: World) -> None:
    url = reverse("finding-list") + "?severity=critical&export=csv"
    rows = list(csv.DictReader(io.StringIO(exported(signed_in, url))))
    wanted = Finding.objects.filter(severity="critical")
    assert sorted(row["id"] for row in rows) == sorted(item.label for item in wanted)
    assert rows


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(signed_in: Client, scene: World) -> None:
    Service.objects.filter(pk=scene.service.pk).update(name="=HYPERLINK(1)", owner="@me")
    rows = list(
        csv.DictReader(io.StringIO(exported(signed_in, reverse("service-list") + "?export=csv")))
    )
    row = next(row for row in rows if row["service"] == scene.service.slug)
    assert row["name"] == "'=HYPERLINK(1)"
    assert row["owner"] == "'@me"


@pytest.mark.parametrize("name", ["finding-list", "service-list", "run-list"])
def test_the_json_export_has_the_same_rows_as_the_csv(
    signed_in: Client, scene: World, name: str
) -> None:
    query = "?show=all&export=" if name == "finding-list" else "?export="
    items = json.loads(exported(signed_in, reverse(name) + query + "json"))
    rows = list(csv.DictReader(io.StringIO(exported(signed_in, reverse(name) + query + "csv"))))
    assert len(items) == len(rows) > 0
    assert list(items[0]) == list(rows[0])


def test_an_impossible_filter_exports_nothing(signed_in: Client, scene: World) -> None:
    url = reverse("finding-list") + "?severity=terrible&export=json"
    assert json.loads(exported(signed_in, url)) == []


@pytest.mark.parametrize(
    ("kind", "starts"),
    [("json", b"{"), ("sarif", b"{"), ("junit", b"<?xml"), ("html", b"<!DOCTYPE html")],
)
def test_a_finished_run_downloads_as(
    signed_in: Client, scene: World, kind: str, starts: bytes
) -> None:
    response = signed_in.get(reverse("run-download", args=[scene.run.pk, kind]))
    assert response.status_code == 200
    assert response.content.lstrip()[: len(starts)].lower() == starts.lower()
    assert scene.service.slug in response["Content-Disposition"]


def test_a_run_without_a_result_says_so(signed_in: Client, scene: World) -> None:
    response = signed_in.get(reverse("run-download", args=[scene.running.pk, "json"]))
    assert response.status_code == 409
    assert "run.no_result" in response.content.decode()


def test_an_unknown_format_is_not_found(signed_in: Client, scene: World) -> None:
    assert signed_in.get(reverse("run-download", args=[scene.run.pk, "docx"])).status_code == 404
