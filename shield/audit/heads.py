"""Signed heads: what is signed, and where copies are published.

A head says: at this moment this chain had this many events, and this digest at its end. It is signed
when it is made, in the transaction that seals the events. `heads_publish` copies the newest head of
every chain to the storage `audit` (a folder or an object store, somewhere else than the database), one
file a head, written once: that copy is what tells that a chain was cut, or written anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages

from shield.audit.digests import moment
from shield.audit.keys import SigningKey
from shield.audit.models import Head
from shield.common.errors import InvalidInput
from shield.evidence.canonical import canonical_json

STORAGE: Final = "audit"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head as it is signed, stored and published. `at` is text: that is what was signed."""

    chain: str
    position: int
    digest: str
    at: str
    key_id: str
    signature: str

    def message(self) -> bytes:
        """The bytes under the signature: everything but the signature."""
        facts = asdict(self)
        del facts["signature"]
        return canonical_json({"shield_audit_head": FORMAT, **facts})

    @classmethod
    def of(cls, row: Head) -> SignedHead:
        """From its row."""
        return cls(row.chain, row.position, row.digest, moment(row.at), row.key_id, row.signature)


def sign(key: SigningKey, *, chain: str, position: int, digest: str, at: datetime) -> Head:
    """The row of a new head, signed, not saved."""
    bare = SignedHead(chain, position, digest, moment(at), key.public.id, "")
    return Head(
        chain=chain, position=position, digest=digest, at=at, key_id=key.public.id,
        signature=key.sign(bare.message()),
    )  # fmt: skip


def published_name(head: SignedHead) -> str:
    """`2026/11/20/governance-000000000042.json`."""
    day = head.at[:10].replace("-", "/")
    return f"{day}/{head.chain}-{head.position:012d}.json"


def publish(head: SignedHead, storage: Storage | None = None) -> bool:
    """Write the head's file; False when it is there already. A file is never written twice."""
    storage = storage or storages[STORAGE]
    name = published_name(head)
    if storage.exists(name):
        return False
    text = json.dumps({"shield_audit_head": FORMAT, **asdict(head)}, indent=1) + "\n"
    _save_whole(storage, name, text.encode())
    return True


def _save_whole(storage: Storage, name: str, text: bytes) -> None:
    """Save the file so that nobody, and no crash, ever meets half of it under its name.

    An object store does so by itself; in a folder it is written beside and then renamed.
    """
    if not isinstance(storage, FileSystemStorage):
        storage.save(name, ContentFile(text))
        return
    beside = Path(storage.path(storage.save(f"{name}.part", ContentFile(text))))
    with beside.open("rb") as file:
        os.fsync(file.fileno())
    beside.replace(storage.path(name))


def published(folder: Path | None = None, *, since: str = "") -> Iterator[tuple[str, SignedHead]]:
    """(file name, head) of every published head from the day of `since` on, in no order.

    From `folder`, or else the storage. Raises InvalidInput for a file that holds no head.
    """
    first_day = since[:10].replace("-", "/")
    if folder is not None:
        for path in sorted(folder.rglob("*.json")):
            name = path.relative_to(folder).as_posix()
            if name >= first_day:
                yield name, _parsed(name, path.read_bytes())
        return
    storage = storages[STORAGE]
    for name in _names(storage, ""):
        if name >= first_day:
            with storage.open(name) as file:
                yield name, _parsed(name, file.read())


def _names(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:  # nothing has been published yet
        return
    for name in sorted(files):
        if name.endswith(".json"):
            yield f"{folder}/{name}" if folder else name
    for name in sorted(folders):
        yield from _names(storage, f"{folder}/{name}" if folder else name)


def _parsed(name: str, text: bytes) -> SignedHead:
    try:
        facts = json.loads(text)
        known = facts.pop("shield_audit_head") == FORMAT and isinstance(facts["position"], int)
        head = SignedHead(**facts)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _no_head(name) from error
    if not known:
        raise _no_head(name)
    return head


def _no_head(name: str) -> InvalidInput:
    return InvalidInput(
        "audit.head_file",
        f"{name} is no published head.",
        "Point --heads to the folder of published heads, or restore the file from its copy.",
    )
