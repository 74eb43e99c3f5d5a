"""Totals that stop counting, and pages found by their keys."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from django_filters import FilterSet

from shield.common.counting import KeysFirstPaginator, Total, count_rows
from shield.common.filters import AnyOf
from shield.registry.models import Service
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("limit", "said", "more"), [(5, "3", False), (3, "3", False), (2, "2+", True)]
)
def test_rows_are_counted_up_to_a_limit_and_no_further(limit: int, said: str, more: bool) -> None:
    for slug in ("a", "b", "c"):
        factories.service(slug)
    found = count_rows(Service.objects.all(), limit=limit)
    assert (str(found), found.more) == (said, more)


def test_totals_add_up_and_a_sum_beyond_the_limit_says_that_there_is_more() -> None:
    assert str(Total(4).plus(Total(5), limit=10)) == "9"
    assert str(Total(6).plus(Total(5), limit=10)) == "10+"
    assert str(Total(1).plus(Total(2, more=True), limit=10)) == "3+"


def test_large_totals_are_grouped_by_thousands() -> None:
    assert str(Total(10_000, more=True)) == "10,000+"


def test_a_page_has_its_rows_in_the_order_of_the_list() -> None:
    for slug in ("c", "a", "b"):
        factories.service(slug)
    rows = Service.objects.order_by("-slug")
    pages = KeysFirstPaginator(rows, 2)
    assert [[row.slug for row in pages.page(number)] for number in (1, 2)] == [["c", "b"], ["a"]]


class Services(FilterSet):
    """One filter over several tiers."""

    tier = AnyOf(choices=[("low", "Low"), ("high", "High"), ("critical", "Critical")])

    class Meta:
        model = Service
        fields: list[str] = []


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", {"a", "b", "c"}), ("tier=low", {"a"}), ("tier=low&tier=high", {"a", "b"})],
)
def test_any_of_the_chosen_values_is_asked_for_without_sorting_every_row(
    query: str, expected: set[str]
) -> None:
    for slug, tier in (("a", "low"), ("b", "high"), ("c", "critical")):
        factories.service(slug, tier=tier)
    found = Services(RequestFactory().get(f"/?{query}").GET, Service.objects.all()).qs
    assert {row.slug for row in found} == expected
    assert "DISTINCT" not in str(found.query)
