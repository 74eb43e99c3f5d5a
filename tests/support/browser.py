"""Where the browser is that the browser tests drive."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

INSTALL = (
    "apt-get install chromium, or `.venv/bin/playwright install chromium`, "
    "or SHIELD_BROWSER=/path/to/chromium"
)


def executable() -> str | None:
    """The path of a Chromium: named by SHIELD_BROWSER, on PATH, or Playwright's own; else None."""
    named = os.environ.get("SHIELD_BROWSER")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    own = sorted(folder.glob("chromium-*/chrome-linux*/chrome"))
    return str(own[-1]) if own else None
