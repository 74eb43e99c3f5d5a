"""Counting and paging rows without reading a million of them.

Totals are exact up to a limit, then honestly "10,000+"; home, tabs and lists all count here, so that a
number and the list that it opens say the same. A page is found by its keys first, which an index alone
can answer, and only its own rows are read.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce
from django_tables2 import Table
from django_tables2.rows import BoundRows

LIMIT: Final = 10_000


class Total(int):
    """A number of rows; `more` when there are more than were counted."""

    more: bool

    def __new__(cls, counted: int, *, more: bool = False) -> Total:
        """`counted` rows, or at least so many."""
        made = super().__new__(cls, counted)
        made.more = more
        return made

    def plus(self, other: Total, *, limit: int = LIMIT) -> Total:
        """Both together, with the same limit."""
        both = int(self) + int(other)
        return Total(min(both, limit), more=self.more or other.more or both > limit)

    def __str__(self) -> str:
        return f"{int(self):,}+" if self.more else f"{int(self):,}"


def count_rows(queryset: QuerySet, *, limit: int = LIMIT) -> Total:
    """How many rows there are, counted up to `limit`: never slower than reading so many."""
    some = queryset.order_by().values("pk")[: limit + 1]
    counted = some.count()
    return Total(min(counted, limit), more=counted > limit)


class KeysFirstPaginator(Paginator):
    """Pages of a queryset: the keys of the page, which an index alone can answer, then its rows."""

    def page(self, number: int | str) -> Page:
        """Any other list is cut as usual, and so are rows that are not models."""
        rows = self.object_list
        if not isinstance(rows, QuerySet) or getattr(rows, "_fields", None) is not None:
            return super().page(number)
        place = self.validate_number(number)
        first = (place - 1) * self.per_page
        keys = list(rows.values_list("pk", flat=True)[first : first + self.per_page])
        found = {row.pk: row for row in rows.filter(pk__in=keys).order_by()}
        return Page([found[key] for key in keys if key in found], place, self)


class LimitedPaginator(Paginator):
    """Pages over the first 10,000 rows of a table; what lies behind is found by narrowing the list."""

    def __init__(self, table: Table, per_page: int) -> None:
        super().__init__(table.rows, per_page)
        self.table = table
        self.queryset: QuerySet = table.data.data

    @cached_property
    def count(self) -> Total:
        """As many rows as there are pages for."""
        return count_rows(self.queryset)

    def page(self, number: int | str) -> Page:
        """The keys in their order, then the rows of these keys."""
        place = self.validate_number(number)
        first = (place - 1) * self.per_page
        order = _order(self.queryset)
        if not self.count.more:
            order = [_not_by_index(item) for item in order]
        ordered = self.queryset.order_by(*order).values_list("pk", flat=True)
        keys = list(ordered[first : first + self.per_page])
        found = {row.pk: row for row in self.queryset.filter(pk__in=keys).order_by()}
        rows = [found[key] for key in keys if key in found]  # one may have left meanwhile
        return Page(BoundRows(data=rows, table=self.table), place, self)


def _order(queryset: QuerySet) -> list[Any]:
    """The order asked for, made total by the model's own, so that no row is on two pages."""
    usual = list(queryset.model._meta.ordering)
    asked = list(queryset.query.order_by)
    named = {item.removeprefix("-") for item in asked if isinstance(item, str)}
    return asked + [item for item in (*usual, "pk") if item.removeprefix("-") not in named]


def _not_by_index(item: Any) -> OrderBy:  # noqa: ANN401  (a name, an expression or an OrderBy)
    """The same order for few rows: found by the filters first, sorted then.

    A database that walks an index in the wanted order, hoping to meet the few soon, reads the whole
    table when they all stand at its end.
    """
    if isinstance(item, str):
        expression = F(item.removeprefix("-"))
        item = OrderBy(expression, descending=item.startswith("-"))
    elif not isinstance(item, OrderBy):
        item = item.asc()
    plain = item.copy()
    plain.expression = Coalesce(item.expression, item.expression)  # itself, but in no index
    return plain
