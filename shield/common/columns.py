"""Columns of list tables; what a value looks like is decided by the templates they name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import django_tables2 as tables
from django.template import Context, Template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django_tables2.rows import BoundRow

_compiled = lru_cache(maxsize=1_000)(Template)


class CompiledColumn(tables.TemplateColumn):
    """A template column that compiles its template once, not for every cell."""

    def render(
        self, record: object, table: tables.Table, value: object, bound_column: object,
        **kwargs: object,
    ) -> SafeString:  # fmt: skip
        """The cell, drawn in the context of the table's page."""
        context = getattr(table, "context", None) or Context()
        names = self.get_context_data(
            record=record, table=table, value=value, bound_column=bound_column, **kwargs
        )
        with context.update({**names, "request": getattr(table, "request", None)}):
            return _compiled(self.template_code).render(context)

    def draw(self, record: object, context: Context) -> SafeString:
        """The cell of a list page, whose templates know the page's names and `record`, no others.

        An eighth of the time of `render`, which asks the column for its signature, and for its
        attributes, at every cell.
        """
        with context.push(record=record):
            return _compiled(self.template_code).render(context)


def drawn_row(row: BoundRow, context: Context) -> SafeString:
    """The cells of a row as `<td>` elements; each names its column for narrow screens."""
    columns = row.table.__dict__.setdefault("_drawn_columns", [])
    if not columns:  # once for a table: what follows is asked for at every cell
        columns += [
            (
                each,
                format_html(
                    '<td {} role="cell" data-label="{}">', each.attrs["td"].as_html(), each.header
                ),
            )
            for each in row.table.columns
        ]
    cells = []
    for bound, start in columns:
        if isinstance(bound.column, CompiledColumn):
            cell = bound.column.draw(row.record, context)
        else:
            cell = conditional_escape(row.get_cell(bound.name))
        cells.append(f"{start}{cell}</td>")
    return mark_safe("".join(cells))  # noqa: S308  (each cell is escaped or markup already)


def template_column(
    code: str,
    *,
    label: object = None,
    order_by: tuple[str, ...] | None = None,
    css: str = "",
    orderable: bool = True,
) -> CompiledColumn:
    """A column drawn with the product's template tags; `css` marks e.g. numeric columns."""
    attrs: Mapping[str, Mapping[str, str]] = {"td": {"class": css}, "th": {"class": css}}
    return CompiledColumn(
        "{% load i18n shield %}" + code,
        verbose_name=label,
        order_by=order_by,
        orderable=orderable,
        attrs=attrs,
    )
