"""Requests made up from the API's own description: none may end in a server error.

`FUZZ_EXAMPLES=50 pytest tests/api/test_fuzz.py` looks deeper than a pipeline has time for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shield.accounts.services import token_create
from tests import factories
from tests.api.routes import routes

DESCRIPTION = schemathesis.openapi.from_wsgi("/api/v1/schema?format=json", get_wsgi_application())
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "6"))  # an operation
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
MODES = list(schemathesis.GenerationMode)
OPERATIONS = [found.ok() for found in DESCRIPTION.get_all_operations()]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests stay inside the test's transaction, as with Django's own test client."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def token(db: None, one_connection: None) -> str:
    """A token of somebody who may everything, so that requests get past the door."""
    factories.finding()
    user = factories.user(is_superuser=True)
    return token_create(user=user, name="fuzz", days=1, actor="test")[1]


def test_every_operation_is_tried() -> None:
    assert len(OPERATIONS) == len([route for route in routes() if route.name != "api-schema"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda found: found.label)
def test_no_request_ends_in_a_server_error(operation: Any, token: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in MODES)))
    def send(case: Any) -> None:
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(response, checks=CHECKS)
        assert response.status_code != 401

    send()
