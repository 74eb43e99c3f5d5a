from __future__ import annotations

import pytest

from shield.findings.services import findings_update
from shield.records.models import Run
from shield.reports.result import Document, result_document
from tests import factories


@pytest.fixture
def run(db: None) -> Run:
    """The mortgage example with its findings."""
    made = factories.run()
    findings_update(run=made)
    return made


@pytest.fixture
def document(run: Run) -> Document:
    """Its result document."""
    return result_document(run)
