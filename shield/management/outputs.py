"""The files that a command was asked to write."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from pathlib import Path

from shield.common.errors import InvalidInput, MissingPrerequisite

STDOUT = "-"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def check_outputs(targets: dict[str, str]) -> None:
    """Refuse at once what could only fail after the work: `targets` maps option → file or `-`."""
    if list(targets.values()).count(STDOUT) > 1:
        raise InvalidInput(
            "output.twice",
            "Only one output can go to standard output.",
            "Give files to the others.",
        )
    for option, target in targets.items():
        folder = Path(target).parent
        if target != STDOUT and (not folder.is_dir() or Path(target).is_dir()):
            raise InvalidInput(
                "output.folder",
                f"--{option} {target}: expected a file in a folder that exists.",
                f"mkdir -p {folder}" if not folder.is_dir() else "Name a file, not a folder.",
            )


def write_output(target: str, content: bytes) -> None:
    """Write the whole output or nothing: a reader never meets half a file.

    Raises MissingPrerequisite when there is no room or no right to write.
    """
    try:
        if target == STDOUT:
            _to_stdout(content)
        elif Path(target).exists() and not Path(target).is_file():
            Path(target).write_bytes(content)  # a pipe or a device cannot be replaced
        else:
            _replace(Path(target), content)
    except OSError as error:
        if error.errno in _FULL:
            raise MissingPrerequisite(
                "output.full",
                f"There is no room to write {target}: {error.strerror}.",
                "The run is kept. Free space and assess again.",
            ) from error
        raise MissingPrerequisite(
            "output.unwritable",
            f"{target} cannot be written: {error.strerror or error}.",
            "Choose a file in a folder that this user may write to.",
        ) from error


def _replace(target: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".shield-", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            umask = os.umask(0)
            os.umask(umask)
            Path(file.name).chmod(0o666 & ~umask)
            Path(file.name).replace(target)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _to_stdout(content: bytes) -> None:
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:  # standard output was replaced by a text stream
        sys.stdout.write(content.decode())
    else:
        buffer.write(content)
        buffer.flush()
