"""The whole installation as one file, while it runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from shield.management.archive.backup import backup_write
from shield.management.contract import ContractCommand


class Command(ContractCommand):
    """`manage.py backup FILE`."""

    help = "Write database and uploaded files to one archive; the product may go on running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to."""
        parser.add_argument("file", type=Path, help="a new file, for example shield-2026-11-20.zip")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  (Django's own)
        """Write it and say what is in it."""
        target: Path = options["file"]
        manifest = backup_write(target=target, actor="command line")
        rows = sum(table.rows for table in manifest.tables)
        size = target.stat().st_size
        self.stdout.write(
            f"{target}: {rows:,} rows of {len(manifest.tables)} tables, {len(manifest.files):,} files, "
            f"{size:,} bytes.\n"
            "It holds people's data and password hashes: keep it like the database. The keys are not "
            "in it: keep the secret key and the audit key apart."
        )
        for digest in manifest.absent:
            self.stdout.write(f"warning: the storage has not got the bytes of {digest}")
