"""The API describes itself without a warning, and publishes the manifest's schema."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from django.test import Client

from shield.registry.manifest.schema import json_schema
from tests.api.routes import routes


def test_the_description_is_valid_and_without_warnings() -> None:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    assert "openapi: 3.1.0" in out.getvalue()


def test_every_route_is_described() -> None:
    out = io.StringIO()
    call_command("spectacular", "--format", "openapi-json", stdout=out)
    described = out.getvalue().count('"operationId"')
    assert described == len([route for route in routes() if route.name != "api-schema"])


@pytest.mark.django_db
def test_the_description_names_the_token_scheme() -> None:
    response = Client().get("/api/v1/schema", headers={"Accept": "application/json"})
    schemes = response.json()["components"]["securitySchemes"]
    assert schemes["token"]["scheme"] == "bearer"


@pytest.mark.django_db
def test_the_manifests_schema_is_open_to_everybody() -> None:
    response = Client().get("/api/v1/schemas/shield-v1.schema.json")
    assert response.status_code == 200
    assert response.json() == json_schema()
