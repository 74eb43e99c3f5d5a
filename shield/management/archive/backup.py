"""Writing a backup while the product runs.

The rows are those of one moment: PostgreSQL's repeatable read, SQLite's snapshot of a reader in WAL mode;
writers wait for neither. Files are copied after the rows: they never change, and what a row of that
moment speaks of is still there, unless it was erased since, which the manifest then says.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from shield.audit.selectors import public_key
from shield.audit.services import record
from shield.common.errors import InvalidInput
from shield.management.archive.form import (
    CHUNK,
    MANIFEST,
    Manifest,
    Table,
    applied_migrations,
    columns,
    encode_row,
    models,
)
from shield.registry.models import StoredFile


def backup_write(*, target: Path, actor: str) -> Manifest:
    """Write the whole installation to `target`, for this user's eyes only; whole or not at all.

    Raises InvalidInput when the folder is not there or the file is there already.
    """
    if target.exists() or not target.parent.is_dir():
        raise InvalidInput(
            "backup.target",
            f"{target} is there already." if target.exists() else f"{target.parent} is no folder.",
            "Name a new file in a folder that exists.",
        )
    key = public_key()
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:  # mode 600
        part = Path(file.name)
        try:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                manifest = _write(archive, key.text if key else "")
            file.flush()
            os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    record(
        actor=actor, act="backup.make", object_type="backup", object_id=target.name[:64],
        object_text=target.name,
        after={"rows": sum(table.rows for table in manifest.tables), "files": len(manifest.files)},
    )  # fmt: skip
    return manifest


def _write(archive: zipfile.ZipFile, audit_key: str) -> Manifest:
    with _snapshot():
        manifest = Manifest(
            created_at=timezone.now().isoformat(),
            database=connection.vendor,
            migrations=applied_migrations(),
            audit_key=audit_key,
        )
        for model in models():
            manifest.tables.append(_write_table(archive, model))
        files = list(StoredFile.objects.filter(erased_at=None).values_list("sha256", "name"))
    for digest, name in files:
        size = _write_file(archive, digest, name)
        if size is None:
            manifest.absent.append(digest)
        else:
            manifest.files[digest] = size
    archive.writestr(MANIFEST, manifest.as_bytes())
    return manifest


@contextmanager
def _snapshot() -> Iterator[None]:
    """One moment for every query inside; nobody waits for it."""
    if connection.vendor == "postgresql":
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")  # Django's own would be IMMEDIATE, and hold up all writers
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _write_table(archive: zipfile.ZipFile, model: type[Model]) -> Table:
    names = tuple(each.attname for each in columns(model))
    table, digest, count = model._meta.db_table, hashlib.sha256(), 0
    rows = model._base_manager.order_by("pk").values_list(*names)
    with archive.open(f"tables/{table}.jsonl", "w", force_zip64=True) as out:
        for values in rows.iterator(chunk_size=2_000):
            line = encode_row(values)
            digest.update(line)
            out.write(line)
            count += 1
    return Table(table, names, count, digest.hexdigest())


def _write_file(archive: zipfile.ZipFile, digest: str, name: str) -> int | None:
    """Copy one uploaded file; its size, or None when the storage has not got its bytes."""
    if not default_storage.exists(name):
        return None
    found, size = hashlib.sha256(), 0
    entry = zipfile.ZipInfo(f"files/{digest}")  # stored as it is: models and Parquet are compressed
    with default_storage.open(name) as source, archive.open(entry, "w", force_zip64=True) as out:
        while chunk := source.read(CHUNK):
            found.update(chunk)
            out.write(chunk)
            size += len(chunk)
    return size if found.hexdigest() == digest else None
