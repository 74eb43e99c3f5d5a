"""Restoring a backup into an empty installation.

Everything is checked before anything is written: the digests of all tables and files, the migrations
(they must be the same), and that the installation is empty. Files come first; rows are one transaction.
What setting up the installation recorded of itself in its audit trail gives way to the restored trail: its
tables are made anew, since no row of them can be removed.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Final

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Model

from shield.audit.models import Event
from shield.audit.services import record
from shield.audit.triggers import install
from shield.common.errors import Conflict, InvalidInput
from shield.management.archive.form import (
    CHUNK,
    MANIFEST,
    Manifest,
    Table,
    applied_migrations,
    columns,
    decode_rows,
    models,
)
from shield.registry import files

BATCH: Final = 500
TELLING: Final = ("accounts.User", "registry.Service", "registry.StoredFile", "records.Run")
"""An installation with a row of one of these is not empty."""
AUDIT: Final = "audit"


def backup_restore(*, source: Path, actor: str) -> Manifest:
    """Make this empty installation what the backup is.

    Raises InvalidInput for a file that is no whole backup, and Conflict when the installation is not
    empty or has other migrations.
    """
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile) as error:
        raise InvalidInput(
            "restore.file", f"{source} cannot be read: {error}.", "Name what `backup` wrote."
        ) from error
    with archive:
        manifest = _manifest(archive)
        _refuse_other_schema(manifest)
        _refuse_full()
        _check(archive, manifest)
        for digest in manifest.files:
            _restore_file(archive, digest)
        _restore_rows(archive, manifest)
    record(
        actor=actor, act="backup.restore", object_type="backup", object_id=source.name[:64],
        object_text=source.name, after={"created_at": manifest.created_at},
    )  # fmt: skip
    return manifest


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        return Manifest.parse(archive.read(MANIFEST))
    except KeyError as error:
        raise InvalidInput(
            "restore.manifest", "The file is no backup of Shield.", "Name what `backup` wrote."
        ) from error


def _refuse_other_schema(manifest: Manifest) -> None:
    ours = applied_migrations()
    if ours == manifest.migrations:
        return
    missing = [each for each in manifest.migrations if each not in ours]
    ahead = [each for each in ours if each not in manifest.migrations]
    raise Conflict(
        "restore.version",
        f"The backup is of another version of the product: it has {len(missing)} migrations that "
        f"are not here, and lacks {len(ahead)} that are.",
        "Restore it with the version that made it, then upgrade and migrate.",
    )


def _refuse_full() -> None:
    full = [name for name in TELLING if apps.get_model(name)._base_manager.exists()]
    if full:
        raise Conflict(
            "restore.not_empty",
            f"This installation is in use: it has rows of {', '.join(full)}.",
            "Restore into a new, migrated database; nothing that is there is ever overwritten.",
        )


def _check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Every table and file has the digest that the manifest says; nothing is written before."""
    known = {model._meta.db_table for model in models()}
    strange = [table.name for table in manifest.tables if table.name not in known]
    wanted = {table.path: table.sha256 for table in manifest.tables}
    wanted |= {f"files/{digest}": digest for digest in manifest.files}
    damaged = [path for path, digest in wanted.items() if _digest(archive, path) != digest]
    if strange or damaged:
        raise InvalidInput(
            "restore.damaged",
            f"The backup is damaged: {', '.join((strange + damaged)[:3])}.",
            "Use another backup. Nothing was restored.",
        )


def _digest(archive: zipfile.ZipFile, path: str) -> str:
    found = hashlib.sha256()
    try:
        with archive.open(path) as source:
            while chunk := source.read(CHUNK):
                found.update(chunk)
    except (KeyError, zipfile.BadZipFile):
        return ""
    return found.hexdigest()


def _restore_file(archive: zipfile.ZipFile, digest: str) -> None:
    with tempfile.TemporaryDirectory(prefix="shield-restore-") as folder:
        path = Path(folder) / digest
        with archive.open(f"files/{digest}") as source, path.open("wb") as out:
            while chunk := source.read(CHUNK):
                out.write(chunk)
        files.keep(path)


def _restore_rows(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    if Event.objects.exists():
        _make_trail_anew()
    kept = models()
    with transaction.atomic():
        for model in kept:
            if model._meta.app_label != AUDIT:
                model._base_manager.all()._raw_delete(connection.alias)
        by_name = {model._meta.db_table: model for model in kept}
        for table in manifest.tables:
            with archive.open(table.path) as lines:
                _insert(by_name[table.name], table, lines)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), kept):
                cursor.execute(statement)


def _make_trail_anew() -> None:
    """Drop the audit trail's tables of this empty installation and create them, triggers and all."""
    trail = list(apps.get_app_config(AUDIT).get_models())
    with connection.schema_editor() as editor:
        for model in trail:
            editor.delete_model(model)
        for model in trail:
            editor.create_model(model)
    install(connection)


def _insert(model: type[Model], table: Table, lines: IO[bytes]) -> None:
    """Insert the rows as they are: no default, no "now", no `save`."""
    fields = [each for each in columns(model) if each.attname in table.columns]
    rows = decode_rows(model, table.columns, iter(lines))
    size = min(BATCH, connection.ops.bulk_batch_size(fields, [None] * BATCH))
    for batch in _batches(rows, max(1, size)):
        model._base_manager.all()._insert(batch, fields=fields, using=connection.alias, raw=True)  # type: ignore[attr-defined]


def _batches(rows: Iterator[Model], size: int) -> Iterator[list[Model]]:
    while batch := list(islice(rows, size)):
        yield batch
