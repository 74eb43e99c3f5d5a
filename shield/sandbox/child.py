"""The child's entry: read one request, confine, do it, answer, end.

Started as `python -I -c …` with a scrubbed environment. Nothing but the standard library is
imported before `confine` has run; what an upload needs (pyarrow, one model library) is imported by
the operation that needs it.
"""

from __future__ import annotations

import os
import sys
from typing import Any, BinaryIO

from shield.sandbox import protocol
from shield.sandbox.confinement import confine
from shield.sandbox.contract import Limits
from shield.sandbox.failures import as_failure


class Reporter:
    """Sends progress to the parent."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def __call__(self, fraction: float, message: str) -> None:
        self.send(
            {"type": "progress", "fraction": min(max(fraction, 0.0), 1.0), "message": message}
        )

    def send(self, frame: protocol.Frame) -> None:
        self._stream.write(protocol.encode(frame))
        self._stream.flush()


def main() -> int:
    """One request, one answer; the exit status is 0 whenever an answer was given."""
    reporter = Reporter(_private_output())
    request = protocol.read_frame(sys.stdin.buffer)
    limits = Limits(**request["limits"])
    try:
        isolation = confine(limits, request["parent"], request["files"].values())
        answer = _perform(request, limits, reporter)
    except BaseException as error:
        failure = as_failure(error, limits)
        reporter.send(
            {
                "type": "failure",
                "code": failure.code,
                "message": failure.message,
                "hint": failure.hint,
            }
        )
        return 0
    reporter.send({"type": "result", "isolation": isolation, **answer})
    # Libraries' own clean-up at exit can hang or crash after the work is done.
    os._exit(0)


def _private_output() -> BinaryIO:
    """Keep the answer channel to ourselves: what libraries print goes to standard error."""
    channel = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(channel, "wb")


def _perform(request: dict[str, Any], limits: Limits, reporter: Reporter) -> dict[str, Any]:
    # These import pyarrow, which must not be loaded before the process is confined.
    from shield.sandbox.operations import perform_describe, perform_prepare
    from shield.sandbox.tables.source import Upload

    uploads = {
        name: Upload(descriptor, request["names"][name], limits)
        for name, descriptor in request["files"].items()
    }
    operations = {"describe": perform_describe, "prepare": perform_prepare}
    return operations[request["operation"]](request["payload"], uploads, reporter)
