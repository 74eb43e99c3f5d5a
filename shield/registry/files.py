"""Content-addressed files behind Django's storage API.

A file is written under a name derived from its SHA-256, so that the same bytes are kept once and a
name never points at other bytes. It is written before the row that speaks of it: a crash between
the two leaves a file without a row, which the next registration of these bytes takes over and
`sweep` removes after a day.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.utils import timezone

from shield.common.errors import Conflict, InvalidInput, MissingPrerequisite
from shield.registry.choices import ErasedFor
from shield.registry.models import StoredFile

PREFIX: Final = "sha256"
INCOMING: Final = "incoming"
CHUNK: Final = 1024**2
ORPHAN_AGE: Final = timedelta(days=1)
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies in the storage; its row may still have to be written."""

    sha256: str
    size: int
    name: str


Fingerprint = tuple[int, ...]
"""Which file it is and when it was last written; any write, and any other file in its place, shows."""


def fingerprint(source: Path) -> Fingerprint:
    """The fingerprint of a file as it lies there; InvalidInput when it cannot be read."""
    with _opened(source) as reader:
        return _fingerprint(reader)


def keep(
    source: Path, *, seen: Fingerprint | None = None, storage: Storage = default_storage
) -> Kept:
    """Copy `source` into the storage, hashing it on the way; the copy appears whole or not at all.

    With `seen`, the copy has the bytes that lay there when the fingerprint was taken: what was
    checked is what is kept. Raises InvalidInput when `source` cannot be read, Conflict when it has
    changed since, MissingPrerequisite when the storage is full or cannot be written.
    """
    with _opened(source) as reader, _write_errors(source.name), _incoming(storage) as incoming:
        digest, size = _copy(reader, incoming)
        if seen is not None and _fingerprint(reader) != seen:
            raise Conflict(
                "file.changed",
                f"{source.name} was changed while it was being registered.",
                "Wait until nothing writes to it any more, then try again.",
            )
        name = f"{PREFIX}/{digest[:2]}/{digest[2:]}"
        _place(Path(incoming.name), name, storage)
    return Kept(sha256=digest, size=size, name=name)


def adopt(source: Path, *, expected: str, storage: Storage = default_storage) -> Kept | None:
    """Move `source`, a file of the product's own, into the storage; None when its digest is another.

    It is moved where both lie on one file system, else copied. It is gone afterwards only when it
    was moved.
    """
    folder = _path(storage, INCOMING)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    if folder is None or folder.stat().st_dev != source.stat().st_dev:
        kept = keep(source, storage=storage)
        return kept if kept.sha256 == expected else None  # else an orphan, which `sweep` removes
    with source.open("rb") as reader, _write_errors(source.name):
        digest = hashlib.file_digest(reader, "sha256").hexdigest()
        if digest != expected:
            return None
        size = os.fstat(reader.fileno()).st_size
        os.fsync(reader.fileno())
        name = f"{PREFIX}/{digest[:2]}/{digest[2:]}"
        _place(source, name, storage)
    return Kept(sha256=digest, size=size, name=name)


@contextlib.contextmanager
def _opened(source: Path) -> Iterator[IO[bytes]]:
    """The file itself: neither a link nor a pipe or device that was put in its place."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(source, error.strerror or str(error)) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _unreadable(source, "it is not a regular file")
    with os.fdopen(descriptor, "rb") as reader:
        yield reader


def _unreadable(source: Path, reason: str) -> InvalidInput:
    return InvalidInput(
        "file.unreadable",
        f"{source.name} cannot be read: {reason}.",
        "Check that it exists, is a file and no link, and that this user may read it.",
    )


def _fingerprint(reader: IO[bytes]) -> Fingerprint:
    facts = os.fstat(reader.fileno())
    return (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)


def stored(kept: Kept) -> StoredFile:
    """The row of a kept file; call it inside the transaction that refers to it."""
    row, _ = StoredFile.objects.get_or_create(
        sha256=kept.sha256, defaults={"size": kept.size, "name": kept.name}
    )
    if row.erased:  # its retention was over; somebody has brought the same bytes again
        row.erased_at, row.erased_by, row.erased_reason, row.erased_for = None, "", "", ""
        row.save()
    return row


def refuse_erased(kept: Kept, *, storage: Storage = default_storage) -> None:
    """Bytes that were erased on request do not come back: they are given up again, with a Conflict."""
    row = StoredFile.objects.filter(sha256=kept.sha256, erased_for=ErasedFor.REQUEST).first()
    if row is not None:
        storage.delete(row.name)
        raise erased(row)


def give_up(file: StoredFile, *, storage: Storage = default_storage) -> None:
    """Delete the bytes of a file whose row says that it is erased. Idempotent."""
    storage.delete(file.name)


def erased(file: StoredFile) -> Conflict:
    """What whoever needs the bytes of an erased file is told."""
    on = f"{file.erased_at:%Y-%m-%d}" if file.erased_at else ""
    why = file.erased_reason.rstrip(".") or "no reason was given"
    return Conflict(
        "dataset.erased",
        f"The data {file.sha256[:12]}… was erased on {on} by {file.erased_by}: {why}.",
        "Register a version with other data. What was measured on the erased data stays as it is.",
    )


@contextlib.contextmanager
def local_path(file: StoredFile, *, storage: Storage = default_storage) -> Iterator[Path]:
    """A path on this machine, for as long as the context lasts; a download where storage is remote.

    Raises MissingPrerequisite when the storage has lost the file, or holds other bytes, and Conflict
    when it was erased.
    """
    if file.erased:
        raise erased(file)
    local = _path(storage, file.name)
    if local is not None:
        if not local.is_file() or local.stat().st_size != file.size:
            raise _lost(file)
        yield local
        return
    with tempfile.NamedTemporaryFile(prefix="shield-", delete=False) as target:
        try:
            with storage.open(file.name) as remote, _write_errors(file.name):
                digest, _ = _copy(remote, target)
            if digest != file.sha256:
                raise _lost(file)
            yield Path(target.name)
        except FileNotFoundError as error:
            raise _lost(file) from error
        finally:
            Path(target.name).unlink(missing_ok=True)


def sweep(*, storage: Storage = default_storage) -> list[str]:
    """Delete files that no row speaks of and that are older than a day; return their names.

    So too the half copies of registrations that were killed.
    """
    limit = timezone.now() - ORPHAN_AGE
    removed = []
    for name in _halves(storage):
        if storage.get_modified_time(name) < limit:
            storage.delete(name)
            removed.append(name)
    for name in list(_names(storage)):
        digest = name.removeprefix(f"{PREFIX}/").replace("/", "")
        if storage.get_modified_time(name) > limit:
            continue
        if not StoredFile.objects.filter(sha256=digest, erased_at=None).exists():
            storage.delete(name)
            removed.append(name)
    return removed


def _names(storage: Storage) -> Iterator[str]:
    if not storage.exists(PREFIX):
        return
    for folder in storage.listdir(PREFIX)[0]:
        for name in storage.listdir(f"{PREFIX}/{folder}")[1]:
            yield f"{PREFIX}/{folder}/{name}"


def _halves(storage: Storage) -> list[str]:
    if not storage.exists(INCOMING):
        return []
    return [f"{INCOMING}/{name}" for name in storage.listdir(INCOMING)[1]]


def _path(storage: Storage, name: str) -> Path | None:
    """Where a file-system storage keeps `name`; None when the storage is remote."""
    return Path(storage.path(name)) if isinstance(storage, FileSystemStorage) else None


@contextlib.contextmanager
def _incoming(storage: Storage) -> Iterator[IO[bytes]]:
    """A temporary file on the storage's own file system, so that moving it is atomic."""
    folder = _path(storage, INCOMING)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


def _copy(reader: IO[bytes] | File, writer: IO[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := reader.read(CHUNK):
        digest.update(chunk)
        writer.write(chunk)
        size += len(chunk)
    writer.flush()
    os.fsync(writer.fileno())
    return digest.hexdigest(), size


def _place(incoming: Path, name: str, storage: Storage) -> None:
    """Give the copy its name. An equal file that lies there is replaced: its age starts again, so
    that `sweep` cannot remove an orphan that is just being taken over."""
    target = _path(storage, name)
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        incoming.chmod(0o640)
        incoming.replace(target)
        return
    if storage.exists(name):
        if StoredFile.objects.filter(name=name).exists():
            return
        storage.delete(name)
    with incoming.open("rb") as file:
        storage.save(name, File(file))


@contextlib.contextmanager
def _write_errors(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise MissingPrerequisite(
                "storage.full",
                f"There is no room to store {name}: {error.strerror}.",
                "Free space in the folder of SHIELD_VAR_DIR (or the object store), then try again.",
            ) from error
        raise MissingPrerequisite(
            "storage.unwritable",
            f"{name} cannot be stored: {error.strerror or error}.",
            "Check that this user may write to the folder of SHIELD_VAR_DIR.",
        ) from error


def _lost(file: StoredFile) -> MissingPrerequisite:
    return MissingPrerequisite(
        "storage.lost",
        f"The stored file {file.sha256[:12]}… is missing or damaged.",
        "Restore the file storage from its backup, or register the same bytes again.",
    )
