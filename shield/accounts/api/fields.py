"""Fields of the API that name people and units: only those whom the sender may know.

For everybody else the answer is the one for a name that nobody has, so that no request tells which
names there are.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.relations import MANY_RELATION_KWARGS

from shield.accounts.directory import colleagues
from shield.accounts.models import BusinessUnit, User
from shield.accounts.policy import visible

MOST: Final = 200
"""Rows that one request names in one list: each is looked up by itself."""


class _Several(serializers.ManyRelatedField):
    """A list of them, of a length that somebody meant."""

    def to_internal_value(self, data: Any) -> list[Any]:  # noqa: ANN401  (the library's own)
        """The rows, or 400 before the first one is looked up."""
        if isinstance(data, list | tuple) and len(data) > MOST:
            raise serializers.ValidationError(f"At most {MOST}.")
        found: list[Any] = super().to_internal_value(data)
        return found


class _Named(serializers.RelatedField):
    """Mixin: in lists, no more than `MOST`."""

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> serializers.ManyRelatedField:  # noqa: ANN401
        """As the library makes it, of our own kind."""
        passed = {name: kwargs[name] for name in kwargs if name in MANY_RELATION_KWARGS}
        return _Several(child_relation=cls(*args, **kwargs), **passed)


class ColleagueField(_Named, serializers.SlugRelatedField):
    """The user name of somebody of the units in which the sender may do `act`."""

    def __init__(self, *, act: str, **kwargs: Any) -> None:  # noqa: ANN401  (the library's own)
        self.act = act
        super().__init__(slug_field="username", queryset=User.objects.none(), **kwargs)

    def get_queryset(self) -> QuerySet[User]:
        """Those; nobody where no request is at hand."""
        request = self.context.get("request")
        return User.objects.none() if request is None else colleagues(request.user, self.act)


class UnitField(serializers.SlugRelatedField):
    """The slug of a business unit in which the sender may do `act`."""

    def __init__(self, *, act: str, **kwargs: Any) -> None:  # noqa: ANN401  (the library's own)
        self.act = act
        super().__init__(slug_field="slug", queryset=BusinessUnit.objects.none(), **kwargs)

    def get_queryset(self) -> QuerySet[BusinessUnit]:
        """Those; none where no request is at hand."""
        rows, request = BusinessUnit.objects.all(), self.context.get("request")
        return rows.none() if request is None else visible(rows, request.user, self.act)


class SeenField(_Named, serializers.PrimaryKeyRelatedField):
    """The number of a row of `model` on which the sender may do `act`."""

    def __init__(self, model: type[Model], *, act: str, **kwargs: Any) -> None:  # noqa: ANN401
        self.act = act
        super().__init__(queryset=model._default_manager.all(), **kwargs)

    def get_queryset(self) -> QuerySet:
        """Those; none where no request is at hand."""
        rows, request = super().get_queryset(), self.context.get("request")
        return rows.none() if request is None else visible(rows, request.user, self.act)
