"""A progress bar for a person who waits; nothing at all for a log file."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

WIDTH = 24
EVERY_S = 0.1


class Bar:
    """One line on a terminal that is drawn over itself. Silent when `stream` is no terminal."""

    def __init__(self, stream: TextIO, *, shown: bool = True) -> None:
        self._stream = stream
        self._shown = shown and stream.isatty()
        self._drawn_at = 0.0

    def __call__(self, fraction: float, message: str) -> None:
        """Draw, at most every tenth of a second."""
        now = time.monotonic()
        if not self._shown or now - self._drawn_at < EVERY_S:
            return
        self._drawn_at = now
        columns = shutil.get_terminal_size((80, 24)).columns - 1
        full = round(WIDTH * min(max(fraction, 0.0), 1.0))
        line = f"[{'#' * full}{'.' * (WIDTH - full)}] {fraction:4.0%} {message}"
        self._stream.write(f"\r\x1b[K{line[:columns]}")
        self._stream.flush()

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
