"""Rows that can be added and read, never changed or deleted: what the model itself refuses.

The database refuses it too, whoever asks (see `triggers`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from django.db import models

from shield.common.errors import Conflict

Row = TypeVar("Row", bound=models.Model)


def refuse() -> NoReturn:
    """Raise the Conflict that every way of changing such a row ends in."""
    raise Conflict(
        "history.append_only",
        "Events are never changed or deleted.",
        "Record a new event that corrects the old one.",
    )


class AppendOnly(models.QuerySet[Row]):
    """Rows that can be added and read."""

    def update(self, **values: object) -> NoReturn:
        """Refused."""
        refuse()

    def delete(self) -> NoReturn:
        """Refused."""
        refuse()

    def bulk_update(self, *args: object, **kwargs: object) -> NoReturn:
        """Refused."""
        refuse()

    def bulk_create(self, objs: Iterable[Row], *args: Any, **kwargs: Any) -> list[Row]:  # noqa: ANN401
        """Insert only; the form that updates rows which are there already is refused."""
        if kwargs.get("update_conflicts"):
            refuse()
        return super().bulk_create(objs, *args, **kwargs)


class AppendOnlyModel(models.Model):
    """A row that is inserted once."""

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: object) -> None:
        """Insert only; a row that is there already is refused."""
        if not self._state.adding:
            refuse()
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        """Refused."""
        refuse()
