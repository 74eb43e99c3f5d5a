"""ETags: unchanged answers cost nothing (304), and nobody overwrites what they have not seen (412).

Every view of the API has both through `Acts`; what a view has to do is to call `self.get_object()`
for the row that it shows or changes, and to load rows by `get_queryset`.

* A list, and any other answer to GET, has a weak ETag of its content; `If-None-Match` gives 304.
* One object (action `retrieve`, or a view that called `get_object`) has a strong one:
  `"<row>-<content>"`. `If-None-Match` compares all of it, `If-Match` the row: a figure beside the
  row that moved is no reason to refuse a change of the row.
* A POST, PUT, PATCH or DELETE with `If-Match` runs in one transaction. `get_object` locks the row,
  and answers 412 with who changed it last when it is no longer the one that the sender saw. A view
  that never asks for its object cannot hold the promise, so the request is refused and undone.

Pages and services that carry a row's version in a form use `row_version(row)` for the token.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import Model
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from shield.common.errors import Conflict

_SAFE: Final = ("GET", "HEAD", "OPTIONS")


class Changed(Conflict):
    """The row is not the one that the sender saw."""

    status = 412


@dataclass(slots=True)
class LastChange:
    """Who changed a row last, in words; a room above this one knows and says so at the start."""

    _tell: Callable[[Model], str] | None = None

    def set(self, tell: Callable[[Model], str]) -> None:
        """Ask `tell(row)` from now on; it answers "" when it does not know."""
        self._tell = tell

    def of(self, row: Model) -> str:
        """A sentence, or ""."""
        return self._tell(row) if self._tell else ""


LAST_CHANGE: Final = LastChange()


def row_version(row: Model) -> str:
    """16 characters that change whenever a column of the row does."""
    values = [
        [field.attname, field.value_from_object(row)]
        for field in row._meta.concrete_fields
        if field.attname not in ("password", "last_login")
    ]
    return _digest(json.dumps(values, default=str, sort_keys=True).encode())


def refuse_changed(row: Model, seen: str) -> None:
    """Raise Changed when `seen`, the value of If-Match, names no current version of the row."""
    if seen.strip() == "*":
        return
    wanted = {each.strip().strip('"').split("-")[0] for each in seen.split(",")}
    if row_version(row) in wanted:
        return
    raise Changed(
        "changed_meanwhile",
        f"{row} was changed since you read it. {LAST_CHANGE.of(row)}".strip(),
        "Read it again, and decide on what it says now.",
    )


class Conditional:
    """Mixin of views; see the module."""

    shown_row: Model | None = None
    _seen: str | None = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """A change under a condition is one transaction."""
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        seen = request.headers.get("If-Match")
        if seen is None or request.method in _SAFE:
            return
        self._seen = seen
        name = (request.method or "").lower()
        handler = getattr(self, name, None)
        if handler is not None:
            setattr(self, name, partial(self._guarded, handler))

    def _guarded(
        self,
        handler: Callable[..., HttpResponseBase],
        request: Request,
        *args: Any,  # noqa: ANN401
        **kwargs: Any,  # noqa: ANN401
    ) -> HttpResponseBase:
        with transaction.atomic():
            response = handler(request, *args, **kwargs)
            if self._seen is not None:
                raise Changed(
                    "etag.unsupported",
                    "This address cannot hold a change to the version that you saw.",
                    "Send the request without If-Match.",
                )
        return response

    def get_object(self) -> Any:  # noqa: ANN401  (a row of the view)
        """The row; under If-Match, locked and as the sender saw it."""
        row: Model = super().get_object()  # type: ignore[misc]
        self.shown_row = row
        if self._seen is not None:
            current = type(row)._base_manager.select_for_update().get(pk=row.pk)
            refuse_changed(current, self._seen)
            self._seen = None
        return row

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        """Put the ETag on what was read, or answer 304."""
        answer: HttpResponseBase = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[misc]
        if (
            request.method not in ("GET", "HEAD")
            or answer.status_code != 200
            or not isinstance(answer, Response)
        ):
            return answer
        answer.render()
        content = _digest(answer.content)
        row = self.shown_row
        tag = f'"{row_version(row)}-{content}"' if row is not None else f'W/"{content}"'
        answer["ETag"] = tag
        if _matches(request.headers.get("If-None-Match", ""), tag):
            answer.status_code = 304
            answer.content = b""
            del answer["Content-Type"]
        return answer


def _matches(given: str, tag: str) -> bool:
    """Weak comparison (RFC 9110, 13.1.2)."""
    plain = tag.removeprefix("W/")
    return any(each.strip().removeprefix("W/") in (plain, "*") for each in given.split(","))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
