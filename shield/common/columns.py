"""Columns of list tables; what a value looks like is decided by the templates they name."""

from __future__ import annotations

from collections.abc import Mapping

import django_tables2 as tables


def template_column(
    code: str,
    *,
    label: object = None,
    order_by: tuple[str, ...] | None = None,
    css: str = "",
    orderable: bool = True,
) -> tables.TemplateColumn:
    """A column drawn with the product's template tags; `css` marks e.g. numeric columns."""
    attrs: Mapping[str, Mapping[str, str]] = {"td": {"class": css}, "th": {"class": css}}
    return tables.TemplateColumn(
        "{% load i18n shield %}" + code,
        verbose_name=label,
        order_by=order_by,
        orderable=orderable,
        attrs=attrs,
    )
