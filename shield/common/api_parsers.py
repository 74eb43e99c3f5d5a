"""What the API reads: JSON, and nothing that takes the server down."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import IO, Any, Final

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from shield.common.errors import InvalidInput

MOST_VALUES: Final = 100_000
"""Values of one body; the largest that means anything, a batch of metrics, has about 20,000."""


class TooLarge(InvalidInput):
    """A body that is larger than the server takes in one piece."""

    status = 413

    def __init__(self, limit: int | None = None) -> None:
        limit = limit or settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        super().__init__(
            "too_large",
            f"The body is larger than {limit:,} bytes.",
            "Send less at a time; files go to /api/v1/uploads/ in pieces.",
        )


class BoundedJSONParser(JSONParser):
    """JSON of a size that fits and a depth that Python can follow; the rest is the sender's mistake."""

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  (any JSON value)
        """The value in the body; ParseError when it is not JSON or nested too deeply."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(limit)
        try:
            found = super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise ParseError("JSON parse error - nested too deeply") from error
        if _is_crowded(found):
            raise ParseError(f"more than {MOST_VALUES:,} values in one body")
        return found


def _is_crowded(found: object) -> bool:
    """Whether there are more values than any request needs: each costs far more to check than to send."""
    waiting, seen = [found], 0
    while waiting and seen <= MOST_VALUES:
        each = waiting.pop()
        inner = each.values() if isinstance(each, dict) else each if isinstance(each, list) else ()
        seen += len(inner)
        waiting.extend(inner)
    return seen > MOST_VALUES
