"""Every route of the API, read from the URL configuration, with an address that leads to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver

PREFIX = "api/v1/"
_PLACEHOLDER = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)|<(?:\w+:)?(\w+)>")
_MAY_BE = re.compile(r"\(\?:[^()]*\)\?|/\?$")
_VALUES = {"slug": "no-such-service", "pk": "0", "uuid": "00000000-0000-0000-0000-000000000000",
           "form": "html"}  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    name: str
    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.name}"


def routes() -> list[Route]:
    """All of them, except the last one that answers for unknown addresses."""
    return sorted(set(_walk(get_resolver().url_patterns, "")), key=str)


def _walk(patterns: list[Any], before: str) -> Iterator[Route]:
    for entry in patterns:
        written = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry.url_patterns, written)
        elif isinstance(entry, URLPattern) and written.startswith(PREFIX) and entry.name:
            path = "/" + _PLACEHOLDER.sub(_value, written).replace("^", "").rstrip("$")
            path = _MAY_BE.sub("", path)
            for method in _methods(entry.callback):
                yield Route(entry.name, method, path.replace("\\Z", ""))


def _value(match: re.Match[str]) -> str:
    name = match.group(1) or match.group(2)
    if "{36}" in match.group(0):  # an id that is a UUID, and nothing else leads there
        name = "uuid"
    return _VALUES.get(name, "0")


def _methods(callback: Any) -> list[str]:
    actions = getattr(callback, "actions", None)
    if actions:
        return [method for method in METHODS if method in actions]
    return [method for method in METHODS if hasattr(callback.cls, method)]
