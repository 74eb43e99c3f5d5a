"""A manifest that comes as text, without its folder: what is wrong with it, and which files it names.

The reader wants files beside the manifest; here each is stood in for by one byte, so that all that
can be said without the files is said, with lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from assessments.registering import manifest_read
from assessments.scratch import folder
from shield.registry.manifest import Manifest, ManifestError, Problem
from shield.registry.manifest.document import parse
from shield.registry.manifest.problems import Problems

NAME: Final = "shield.yaml"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that the manifest names: key path, line, and the path as written."""

    key: str
    line: int
    path: str


def manifest_name(name: str) -> str:
    """The manifest's own name for messages; anything odd becomes `shield.yaml`."""
    return name if _NAME.fullmatch(name) else NAME


def named_files(manifest: Manifest) -> list[NamedFile]:
    """What has to be sent with it, in the order of the document."""
    found = {f"data.{role}.path": table.path for role, table in manifest.data.tables.items()}
    if manifest.model.path is not None:
        found["model.path"] = manifest.model.path
    return sorted(
        (NamedFile(key, manifest.line(key), path) for key, path in found.items()),
        key=lambda each: (each.line, each.key),
    )


def manifest_of_text(*, text: str, name: str = NAME) -> Manifest:
    """The manifest in `text`. Raises ManifestError with every problem and its line."""
    name = manifest_name(name)
    with folder("manifest") as scratch:
        (scratch / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        for written in _paths(text, name):
            _stand_in(scratch, written)
        try:
            return manifest_read(scratch / name)
        except ManifestError as error:
            raise ManifestError(_without(scratch, problem) for problem in error.problems) from None


def refuse_missing(manifest: Manifest, given: Mapping[str, object]) -> None:
    """Raise ManifestError for files that were not sent, and for such as the manifest does not name."""
    named = named_files(manifest)
    problems = [
        Problem(
            manifest.file.name, each.line, each.key, f"a file, but {each.path} was not sent",
            "upload it and name the upload in 'files' under this path",
        )
        for each in named
        if each.path not in given
    ]  # fmt: skip
    known = {each.path for each in named}
    problems += [
        Problem(
            manifest.file.name, 1, "files", f"files that the manifest names, got {path[:100]!r}",
            "leave it out",
        )
        for path in given
        if path not in known
    ]  # fmt: skip
    if problems:
        raise ManifestError(problems)


def _paths(text: str, name: str) -> Iterator[str]:
    """Every path that the document names as a model or a table."""
    root = parse(text.encode("utf-8", "surrogatepass"), Problems(name))
    sections = [root.entries.get("model")]
    data = root.entries.get("data")
    sections += list(data.entries.values()) if data is not None else []
    for section in sections:
        node = section.entries.get("path") if section is not None else None
        if node is not None and isinstance(node.value, str):
            yield node.value


def _stand_in(scratch: Path, written: str) -> None:
    """One byte at the path, if it is one inside the folder; the reader refuses the others."""
    path = PurePosixPath(written)
    if not written or "\0" in written or len(written) > 500 or len(path.parts) > 20:
        return
    if path.is_absolute() or ".." in path.parts or any(len(part) > 200 for part in path.parts):
        return
    target = scratch / path
    if not target.exists() and all(
        parent == scratch or not parent.is_file() for parent in target.parents
    ):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"\n")


def _without(scratch: Path, problem: Problem) -> Problem:
    """The problem without the name of the folder on this machine."""
    inside = f"{scratch.resolve()}/"
    return Problem(
        problem.file,
        problem.line,
        problem.key,
        problem.expected.replace(inside, ""),
        problem.fix.replace(inside, ""),
    )
