"""No answer that holds a secret is kept, whatever key came with the request."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.generators import EndpointEnumerator

from shield.accounts.choices import Role
from shield.accounts.services import token_create
from shield.common.models import StoredAnswer
from shield.notify.services import endpoints
from tests import factories

pytestmark = pytest.mark.django_db
API = "/api/v1"
SECRET = re.compile(r"token|secret|password|link|recovery_codes")
SAID = re.compile(r"shown once|shown only|whoever has it")
REQUESTS: dict[str, dict[str, Any]] = {
    "/tokens/": {"name": "ci", "scopes": ["read"], "days": 1},
    "/users/": {"username": "new", "role": "engineer", "reason": "new in the team"},
    "/users/{person}/invite/": {"reason": "lost it"},
    "/webhooks/": {"name": "hook", "url": "https://hooks.example.org/x", "acts": ["finding.*"]},
    "/webhooks/{webhook}/rotate/": {},
    "/services/{service}/badge/": {"enabled": True},
}


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    out = io.StringIO()
    call_command("spectacular", "--format", "openapi-json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def fields(schema: Any, schemas: Mapping[str, Any], seen: frozenset[str]) -> Iterator[Any]:
    """Name and description of every field below a schema."""
    if isinstance(schema, list):
        for each in schema:
            yield from fields(each, schemas, seen)
    if not isinstance(schema, dict):
        return
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        yield from fields(schemas[name], schemas, seen | {name})
    for field, inner in schema.get("properties", {}).items():
        yield field, str(inner.get("description", ""))
    for inner in schema.values():
        yield from fields(inner, schemas, seen)


def secret_posts(description: dict[str, Any]) -> set[str]:
    """The addresses whose answer to POST has a field that is a secret by its name or description."""
    found = set()
    for path, methods in description["paths"].items():
        answers = methods.get("post", {}).get("responses", {})
        for status, answer in answers.items():
            schemas = description["components"]["schemas"]
            shown = fields(answer, schemas, frozenset()) if status.startswith("2") else ()
            if any(SECRET.fullmatch(name) or SAID.search(text) for name, text in shown):
                found.add(shape(path))
    return found


def shape(path: str) -> str:
    return re.sub(r"{[^}]+}", "{}", path)


def test_every_answer_with_a_secret_is_tried_here(description: dict[str, Any]) -> None:
    assert secret_posts(description) == {API + shape(path) for path in REQUESTS}


def test_views_name_their_answers_with_secrets(description: dict[str, Any]) -> None:
    wanted = secret_posts(description)
    for path, _, method, callback in EndpointEnumerator().get_api_endpoints():
        if method == "POST" and shape(path) in wanted:
            action = (getattr(callback, "actions", None) or {}).get("post", "POST")
            assert action in callback.cls.secret_answers, path


@pytest.mark.parametrize("path", REQUESTS)
def test_an_answer_with_a_secret_is_given_once_and_not_kept(path: str) -> None:
    person = factories.user("somebody", role=Role.ENGINEER)
    hook, _ = endpoints.endpoint_create(
        terms=endpoints.Terms(name="h", url="https://hooks.example.org/y", acts=["finding.*"]),
        unit=None, actor="x",
    )  # fmt: skip
    address = API + path.format(person=person.pk, webhook=hook.pk, service=factories.service().slug)
    boss = factories.user("boss", is_superuser=True)
    token = token_create(user=boss, name="t", days=9, actor="test")[1]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    sent: dict[str, Any] = {"content_type": "application/json", "headers": headers}
    client = Client()
    first = client.post(address, REQUESTS[path], **sent)
    assert first.status_code in (200, 201), first.content
    kept = StoredAnswer.objects.get()
    assert (kept.is_secret, bytes(kept.body)) == (True, b"")
    again = client.post(address, REQUESTS[path], **sent)
    assert (again.status_code, again.json()["code"]) == (409, "idempotency.shown_once")
