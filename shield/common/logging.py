"""Structured logs: one JSON object a line in production, readable lines on a person's screen.

Every line carries the id of its request or run, where there is one (bound by
`django_structlog` and by `assessments.execution`). Nothing personal and nothing from the data under
assessment belongs in a log: query strings, browsers, addresses and secrets are removed here,
whoever writes them.
"""

from __future__ import annotations

import logging
import logging.config
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog
from structlog.typing import Processor, WrappedLogger

Entry = MutableMapping[str, Any]

DROPPED: Final = frozenset({"user_agent", "ip", "email", "username"})
SECRET: Final = ("password", "token", "secret", "authorization", "cookie", "session", "api_key")
REMOVED: Final = "(removed)"
# A path that is a key by itself: whoever reads it in a log could set somebody's password first.
_KEYS: Final = re.compile(r"(/invitations/)\S+")


def configure(options: Mapping[str, Any]) -> None:
    """Django's LOGGING_CONFIG: set up the standard library's logging and structlog alike.

    `options` is the setting LOGGING: {"format": "json" | "console", "level": "INFO"}.
    """
    as_json = options.get("format") == "json"
    level = str(options.get("level", "INFO")).upper()
    logging.config.dictConfig(_standard(as_json=as_json, level=level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _shared() -> list[Processor]:
    """What every entry goes through, ours and that of libraries."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        without_personal_data,
    ]


def _standard(*, as_json: bool, level: str) -> dict[str, Any]:
    # Tracebacks as text: rendering them as data would print local variables, which hold rows.
    ending: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
        if as_json
        else [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared(),
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *ending,
                ],
            }
        },
        # Standard error: standard output belongs to results (`assess --json -`).
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "structured",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Each request has its own line already, and Django's would repeat it with the query.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "fontTools": {"level": "WARNING"},
        },
    }


def without_personal_data(logger: WrappedLogger, method: str, entry: Entry) -> Entry:
    """Cut query strings, drop what identifies people, and blank what looks like a secret."""
    for key in DROPPED & entry.keys():
        del entry[key]
    request = entry.get("request")
    if request is not None:
        # Search words and filters are in the query; the path is enough to find the page.
        entry["request"] = _KEYS.sub(rf"\g<1>{REMOVED}", str(request).split("?", 1)[0])
    for key in entry:
        if any(word in str(key).lower() for word in SECRET):
            entry[key] = REMOVED
    return entry


def answer_with_request_id(sender: object, response: Any, **facts: object) -> None:  # noqa: ANN401
    """Give the request's id back as X-Request-ID, so that a person can name it in a report."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    if request_id:
        response["X-Request-ID"] = request_id
