"""From an event to the page of what it is about, and from before and after to what differs."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shield.accounts.policy import may
from shield.audit.models import Event
from shield.registry.models import Dataset, Deployment, Version

_SERVICE: Final = "service"
PAGES: Final[dict[type[Model], Callable[[Any], str]]] = {
    Dataset: lambda row: reverse("dataset-detail", args=[row.pk]),
    Version: lambda row: row.service.get_absolute_url(),
    Deployment: lambda row: row.service.get_absolute_url(),
}
"""The page of a row whose model has no page of its own name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact before and after. `kind` is `added`, `removed`, `changed` or `same`."""

    name: str
    before: str
    after: str
    kind: str

    @property
    def label(self) -> str | Promise:
        """The kind in a word."""
        return KINDS[self.kind]


KINDS: Final = {
    "added": _("Added"),
    "removed": _("Removed"),
    "changed": _("Changed"),
    "same": _("Unchanged"),
}


def differences(event: Event) -> list[Difference]:
    """Every fact of the event by name, what changed before what did not."""
    before, after = event.before or {}, event.after or {}
    found = [_difference(name, before, after) for name in sorted({*before, *after})]
    return sorted(found, key=lambda each: each.kind == "same")


def _difference(name: str, before: dict[str, object], after: dict[str, object]) -> Difference:
    if name not in before:
        kind = "added"
    elif name not in after:
        kind = "removed"
    else:
        kind = "same" if before[name] == after[name] else "changed"
    return Difference(name, _shown(before, name), _shown(after, name), kind)


def _shown(facts: dict[str, object], name: str) -> str:
    if name not in facts:
        return ""
    value = facts[name]
    return value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False)


def links(events: Iterable[Event], user: object) -> dict[int, str]:
    """Event → address of its object's page, of those that have one which `user` may open: one query
    a kind of object."""
    wanted: dict[type[Model], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    models = _models()
    for event in events:
        model = models.get(event.object_type)
        if model is not None and _is_key(model, event.object_id):
            wanted[model][event.object_id].append(event.pk)
    found: dict[int, str] = {}
    for model, events_of in wanted.items():
        rows = model._base_manager.filter(pk__in=list(events_of))
        if any(field.name == _SERVICE for field in model._meta.concrete_fields):
            rows = rows.select_related(_SERVICE)
        address = PAGES.get(model, _own_page)
        for row in rows:
            found |= dict.fromkeys(events_of[str(row.pk)], _reached(row, address))
    return {pk: link for pk, link in found.items() if link and _opens(link, user)}


def _opens(address: str, user: object) -> bool:
    """Whether somebody may look at pages of this kind at all; which of them, the event's unit says."""
    view = getattr(resolve(address).func, "view_class", None)
    act = getattr(view, "act", "")
    return not act or may(user, act)


def _reached(row: Model, address: Callable[[Any], str]) -> str:
    """The address; "" where the room that the object belongs to has no page for it."""
    try:
        return address(row)
    except NoReverseMatch:
        return ""


def _own_page(row: Any) -> str:  # noqa: ANN401  (a model that has the method)
    return str(row.get_absolute_url())


def _models() -> dict[str, type[Model]]:
    """Name in an event → model, of those whose rows have a page."""
    return {
        model._meta.model_name or "": model
        for model in apps.get_models()
        if (model in PAGES or hasattr(model, "get_absolute_url")) and model is not Event
    }


def _is_key(model: type[Model], key: str) -> bool:
    try:
        model._meta.pk.to_python(key)
    except ValidationError:
        return False
    return True
