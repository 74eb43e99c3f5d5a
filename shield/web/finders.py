"""Third-party browser assets straight from `node_modules`: only the files named here are served.

`npm ci` is the whole set-up; nothing is copied and nothing third-party is committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning
from django.core.files.storage import FileSystemStorage

from shield.settings.env import BASE_DIR
from shield.web.icons import ICONS

NODE_MODULES = BASE_DIR / "node_modules"

FILES = {
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.css.map": "@tabler/core/dist/css/tabler.min.css.map",
    "vendor/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/tabler.min.js.map": "@tabler/core/dist/js/tabler.min.js.map",
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/uPlot.iife.min.js": "uplot/dist/uPlot.iife.min.js",
    "vendor/uPlot.min.css": "uplot/dist/uPlot.min.css",
} | {
    f"vendor/icons/{name}.svg": f"@tabler/icons/icons/outline/{name}.svg" for name in sorted(ICONS)
}


class VendorStorage(FileSystemStorage):
    """Maps the public name of an asset to its place in `node_modules`."""

    prefix = ""

    def __init__(self) -> None:
        super().__init__(location=NODE_MODULES)

    def path(self, name: str) -> str:
        """The file behind a public name."""
        return str(NODE_MODULES / FILES[Path(name).as_posix()])


class VendorFinder(BaseFinder):
    """Finds the assets of `FILES`; everything else in `node_modules` stays private."""

    def __init__(self, app_names: object = None, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.storage = VendorStorage()

    def check(self, **kwargs: object) -> list[CheckMessage]:
        """A warning, not an error: the command line works without browser assets."""
        missing = [name for name, _ in self._present(wanted=False)]
        if not missing:
            return []
        return [
            CheckWarning(
                f"{len(missing)} browser assets are missing, for example {missing[0]}.",
                hint="Run `make assets` (or `npm ci`) in the project's root.",
                id="shield.web.W001",
            )
        ]

    def find(  # type: ignore[override]  # the stubs lack the base's `**kwargs`
        self, path: str, find_all: bool = False, **kwargs: object
    ) -> str | list[str] | None:
        """The file for a public name; an empty list when it is not one of ours."""
        if path not in FILES or not Path(self.storage.path(path)).exists():
            return []
        found = self.storage.path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns: object) -> Iterator[tuple[str, VendorStorage]]:
        """Every asset that is installed, for `collectstatic` and WhiteNoise."""
        yield from self._present(wanted=True)

    def _present(self, *, wanted: bool) -> Iterator[tuple[str, VendorStorage]]:
        for name in FILES:
            if Path(self.storage.path(name)).exists() is wanted:
                yield name, self.storage
