"""Files that a manifest may name: inside its own folder, regular, and not empty."""

from __future__ import annotations

import os
import stat
from itertools import islice
from pathlib import Path
from typing import Final

from shield.registry.manifest.problems import Problems, shown, suggestion

MOST_NAMES: Final = 1_000


def confined(folder: Path, written: str, key: str, line: int, problems: Problems) -> Path | None:
    """The resolved file, or None with a problem noted. `folder` is resolved already."""
    try:
        return _confined(folder, written)
    except _Refused as refused:
        problems.add(
            line=line,
            key=key,
            expected=f"{refused.expected}, got {shown(written)}",
            fix=refused.fix,
        )
        return None


class _Refused(Exception):
    def __init__(self, expected: str, fix: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.fix = fix


def _confined(folder: Path, written: str) -> Path:
    if Path(written).is_absolute():
        raise _Refused("a path relative to this manifest", "write it without the leading folders")
    try:
        file = (folder / written).resolve()
        inside = file.is_relative_to(folder)
        status = file.stat() if inside else None
    except FileNotFoundError as error:
        beside = shown(str(folder / written), 300)
        fix = suggestion(written, _names(folder), otherwise=f"put it at {beside}")
        raise _Refused("a file that exists", fix) from error
    except (OSError, RuntimeError, ValueError) as error:  # loops, no permission, too long a name
        reason = getattr(error, "strerror", None) or "cannot be opened"
        raise _Refused(
            f"a file that can be read ({reason})", "check the path and its permissions"
        ) from error
    if status is None:
        raise _Refused("a path inside the manifest's folder", "move the file beside the manifest")
    if not stat.S_ISREG(status.st_mode):
        raise _Refused("a regular file", "name a file, not a folder or device")
    if status.st_size == 0:
        raise _Refused("a file that is not empty", "export it again")
    return file


def _names(folder: Path) -> list[str]:
    """Files beside the manifest, for a suggestion; nothing where the folder cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return [each.name for each in islice(entries, MOST_NAMES) if each.is_file()]
    except OSError:
        return []
