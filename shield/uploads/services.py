"""Taking files in, piece by piece, without ever holding one in memory.

The part that has arrived lies in `UPLOAD_DIR/<id>`; its length is the offset, also after a crash. A
piece is appended under a lock on that file, so that two senders of one upload cannot mix. The last
piece brings the whole file into the storage under its digest; nothing is parsed here.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Final, Protocol
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet, Sum
from django.utils import timezone

from shield.accounts.models import User
from shield.accounts.policy import visible
from shield.common.errors import Conflict, InvalidInput, MissingPrerequisite
from shield.registry import files
from shield.registry.models import Dataset, StoredFile, Version
from shield.uploads.choices import UploadState
from shield.uploads.models import Upload

BLOCK: Final = 1024**2
OPEN_FOR: Final = timedelta(days=1)
"""Since the last piece; what was sent by then is removed."""
KEPT_FOR: Final = timedelta(days=7)
"""How long a whole file waits for a manifest that names it."""
MOST_OPEN: Final = 100


class Stream(Protocol):
    """Where the bytes of a piece come from."""

    def read(self, size: int, /) -> bytes: ...


class TooMuch(InvalidInput):
    """The file is larger than one may be, or than what is left of the person's share."""

    status = 413


def upload_start(*, owner: User, name: str, size: int, sha256: str) -> Upload:
    """A new upload, or one that is complete at once because the owner may use these bytes already.

    What the owner has sent is the same upload again, so that jobs which send one file every day take
    its room once. That the server has bytes for somebody else shows nowhere. Raises TooMuch beyond
    the limits.
    """
    facts = {"owner": owner, "name": name[:255], "size": size, "sha256": sha256}
    with transaction.atomic():
        # One start of a person after the other: two that count at once would both fit.
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)
        again = _sent_again(owner, sha256, size, name)
        if again is not None:
            return again
        _refuse_size(owner, size)
        known = _usable(owner, sha256, size)
        now = timezone.now()
        if known is None:
            return Upload.objects.create(**facts, expires_at=now + OPEN_FOR)
        return Upload.objects.create(
            **facts, state=UploadState.COMPLETE, received=size, file=known,
            expires_at=now + KEPT_FOR,
        )  # fmt: skip


def _sent_again(owner: User, sha256: str, size: int, name: str) -> Upload | None:
    """The owner's complete upload of these bytes, kept from now on."""
    mine = Upload.objects.filter(
        owner=owner, sha256=sha256, size=size, state=UploadState.COMPLETE, file__erased_at=None
    )
    upload = mine.select_related("file").first()
    if upload is None:
        return None
    upload.name, upload.expires_at = name[:255], timezone.now() + KEPT_FOR
    renewed = mine.filter(pk=upload.pk).update(name=upload.name, expires_at=upload.expires_at)
    return upload if renewed else None  # the sweep may have been before


def _usable(owner: User, sha256: str, size: int) -> StoredFile | None:
    """The bytes, where the owner may register services with the data that they are."""
    own = visible(Dataset.objects.all(), owner, "service.register").filter(sha256=sha256)
    models = visible(Version.objects.all(), owner, "service.register").filter(
        artefact_sha256=sha256
    )
    if not (own.exists() or models.exists()):
        return None
    return StoredFile.objects.filter(sha256=sha256, size=size, erased_at=None).first()


def _refuse_size(owner: User, size: int) -> None:
    if size > settings.UPLOAD_LARGEST:
        raise TooMuch(
            "upload.too_large",
            f"The file has {size:,} bytes; the largest may have {settings.UPLOAD_LARGEST:,}.",
            "Send a sample of the rows, or ask whoever runs this server for a higher limit "
            "(SHIELD_UPLOAD_LARGEST).",
        )
    mine = Upload.objects.filter(owner=owner)
    if mine.filter(state=UploadState.RECEIVING).count() >= MOST_OPEN:
        raise Conflict(
            "upload.too_many",
            f"You have {MOST_OPEN} unfinished uploads.",
            "Finish or delete some (GET and DELETE /api/v1/uploads/).",
        )
    used = mine.aggregate(total=Sum("size"))["total"] or 0
    if used + size > settings.UPLOAD_SHARE:
        raise TooMuch(
            "upload.share",
            f"Your uploads would take {used + size:,} bytes; your share is "
            f"{settings.UPLOAD_SHARE:,}.",
            "Delete some, or wait: finished ones expire after a week.",
        )


def upload_append(*, upload: Upload, offset: int, stream: Stream, length: int) -> Upload:
    """Append one piece at `offset`; with the last one the upload is complete.

    What arrived before a connection broke is kept. Where every byte lies there already, and only
    the last step failed, any piece (an empty one will do) repeats that step. Raises Conflict for
    another offset than the next, for two senders at once, for bytes that were erased and for a
    digest that does not come out; TooMuch for bytes beyond the size that was told.
    """
    if offset + length > upload.size:
        raise TooMuch(
            "upload.beyond",
            f"The piece ends at byte {offset + length:,}, the file at {upload.size:,}.",
            "Start a new upload with the file's true size.",
        )
    if upload.state == UploadState.COMPLETE:
        return _refuse_offset(upload, offset)
    with _part(upload.pk) as part:
        upload = _fresh(upload)  # whoever held the part may have completed it, or given it up
        if upload.state == UploadState.COMPLETE:
            return _refuse_offset(upload, offset)
        noted, upload.received = upload.received, part.seek(0, os.SEEK_END)
        if upload.received < upload.size:
            _append(part, stream, upload, offset, noted)
        if upload.received == upload.size:
            _complete(upload)
    return upload


def _fresh(upload: Upload) -> Upload:
    found = Upload.objects.filter(pk=upload.pk).first()
    if found is None:
        raise Conflict(
            "upload.gone", "This upload was deleted meanwhile.", "Start a new one for the file."
        )
    return found


def _append(part: IO[bytes], stream: Stream, upload: Upload, offset: int, noted: int) -> None:
    """The piece, if it is the next one. What lies on disk is what HEAD tells, lost bytes too."""
    if upload.received != noted:
        _note(upload)
    _refuse_offset(upload, offset)
    try:
        _receive(part, stream, upload)
    finally:
        _note(upload)


def _refuse_offset(upload: Upload, offset: int) -> Upload:
    if offset != upload.received:
        raise Conflict(
            "upload.offset",
            f"The next byte is {upload.received}, not {offset}.",
            "Ask HEAD for Upload-Offset and go on from there.",
        )
    return upload


@contextmanager
def _part(upload_id: UUID) -> Iterator[IO[bytes]]:
    """The file with what has arrived, held by this sender alone."""
    folder = Path(settings.UPLOAD_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / str(upload_id)).open("ab", buffering=0) as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(
                "upload.busy",
                "Another request is sending a piece of this upload.",
                "Wait for it, then ask HEAD for Upload-Offset.",
            ) from error
        yield part


def _receive(part: IO[bytes], stream: Stream, upload: Upload) -> None:
    while upload.received < upload.size:
        try:
            block = stream.read(min(BLOCK, upload.size - upload.received))
        except OSError as error:  # the sender is gone; what came before counts
            raise Conflict(
                "upload.broken_off",
                "The connection broke off in the middle of the piece.",
                "Ask HEAD for Upload-Offset and go on from there.",
            ) from error
        if not block:
            break
        _write(part, block)
        upload.received += len(block)


def _write(part: IO[bytes], block: bytes) -> None:
    view = memoryview(block)
    try:
        while view:
            view = view[part.write(view) :]
    except OSError as error:
        raise MissingPrerequisite(
            "storage.full",
            f"The server has no room for this piece: {error.strerror}.",
            "Free space in the folder of SHIELD_UPLOAD_DIR, then go on from Upload-Offset.",
        ) from error


def _note(upload: Upload) -> None:
    now = timezone.now()
    Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVING).update(
        received=upload.received, expires_at=now + OPEN_FOR
    )


def _complete(upload: Upload) -> None:
    """Into the storage, if the digest is the one that was told; else everything is forgotten."""
    path = Path(settings.UPLOAD_DIR) / str(upload.pk)
    kept = files.adopt(path, expected=upload.sha256)
    if kept is None:
        upload_delete(upload=upload)
        raise InvalidInput(
            "upload.digest",
            "The bytes that arrived do not have the digest that was told.",
            "The file changed while it was sent, or was damaged on the way: upload it again.",
        )
    try:
        files.refuse_erased(kept)
    except Conflict:
        upload_delete(upload=upload)  # its bytes are gone again: there is nothing to go on with
        raise
    with transaction.atomic():
        upload.file = files.stored(kept)
        upload.state = UploadState.COMPLETE
        upload.expires_at = timezone.now() + KEPT_FOR
        upload.save(update_fields=["file", "state", "expires_at", "received"])


def upload_delete(*, upload: Upload) -> None:
    """Forget an upload; its bytes go where nothing else refers to them. Idempotent."""
    _forget(upload, Upload.objects.filter(pk=upload.pk))


def _forget(upload: Upload, row: QuerySet[Upload]) -> bool:
    """Delete it if it is still in `row`, with its bytes; whether it was."""
    file = StoredFile.objects.filter(uploads=upload).first()
    found = row.delete()[0] > 0
    if not found and Upload.objects.filter(pk=upload.pk).exists():
        return False
    (Path(settings.UPLOAD_DIR) / str(upload.pk)).unlink(missing_ok=True)
    if file is not None:
        _release(file)
    return found


def _release(file: StoredFile) -> None:
    """Drop the row of a file that nothing refers to; the daily sweep then removes the bytes."""
    try:
        with transaction.atomic():
            file.delete()
    except (ProtectedError, IntegrityError):
        return  # a dataset, a version or another upload needs it


def uploads_sweep() -> int:
    """Forget what has expired, and parts that no row speaks of; how many uploads."""
    expired = Upload.objects.filter(expires_at__lt=timezone.now())
    # Each is looked at again when it is deleted: sent again meanwhile, it lives on.
    forgotten = sum(_forget(upload, expired.filter(pk=upload.pk)) for upload in list(expired))
    folder = Path(settings.UPLOAD_DIR)
    known = {str(pk) for pk in Upload.objects.values_list("pk", flat=True)}
    for part in folder.iterdir() if folder.is_dir() else ():
        if part.name not in known:
            part.unlink(missing_ok=True)
    return forgotten
