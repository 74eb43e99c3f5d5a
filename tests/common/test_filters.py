"""Filters of lists over millions of rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import get_resolver
from django_filters import FilterSet

from shield.audit.models import Event
from shield.findings.models import Acceptance, Finding
from shield.records.models import MeasurementRecord, Run
from shield.registry.models import Deployment

LARGE = (Acceptance, Deployment, Event, Finding, MeasurementRecord, Run)


def _all(of: type[FilterSet] = FilterSet) -> Iterator[type[FilterSet]]:
    for each in of.__subclasses__():
        yield each
        yield from _all(each)


def _large() -> list[type[FilterSet]]:
    _ = get_resolver().url_patterns  # imports every view, and so every filter set
    return sorted(
        {each for each in _all() if getattr(each._meta, "model", None) in LARGE},
        key=lambda each: f"{each.__module__}.{each.__name__}",
    )


def test_there_are_filter_sets_to_look_at() -> None:
    assert {each._meta.model for each in _large()} >= {Finding, Run, Event}


@pytest.mark.parametrize(
    "filterset", _large(), ids=lambda each: f"{each.__module__}.{each.__name__}"
)
def test_no_filter_asks_for_distinct_rows(filterset: type[FilterSet]) -> None:
    """DISTINCT compares all columns of all rows that match; `AnyOf` needs none."""
    distinct = [name for name, each in filterset.base_filters.items() if each.distinct]
    assert distinct == []
