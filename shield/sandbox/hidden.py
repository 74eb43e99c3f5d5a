"""Packages that a library imports only because it finds them, and that take seconds to load."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Hidden:
    """A finder that says "not installed" for some packages."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"{fullname} is hidden in the sandbox", name=fullname)
        return None


def hide(*names: str) -> None:
    """Let the imports of these packages fail from now on; for a child that does not need them."""
    sys.meta_path.insert(0, _Hidden(names))
