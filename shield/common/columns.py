"""Columns of list tables; what a value looks like is decided by the templates they name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import django_tables2 as tables
from django.template import Context, Template
from django.utils.safestring import SafeString

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
