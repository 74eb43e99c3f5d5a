"""An empty installation becomes what a backup is."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from shield.audit.keys import trusted_keys
from shield.audit.models import Head
from shield.audit.services import trail_verify
from shield.management.archive.restore import backup_restore
from shield.management.contract import ContractCommand
from shield.management.database import ensure_database


class Command(ContractCommand):
    """`manage.py restore FILE`. Exit code: 0 restored and intact, 1 restored but the trail is broken."""

    help = "Restore a backup into an empty, migrated installation, then verify the audit trail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where from."""
        parser.add_argument("file", type=Path, help="what `backup` wrote")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  (Django's own)
        """Restore it, then verify the trail."""
        ensure_database()
        manifest = backup_restore(source=options["file"], actor="command line")
        rows = sum(table.rows for table in manifest.tables)
        self.stdout.write(
            f"Restored {rows:,} rows and {len(manifest.files):,} files of {manifest.created_at}."
        )
        unknown = set(Head.objects.values_list("key_id", flat=True)) - set(trusted_keys())
        if unknown:
            self.stdout.write(
                "The audit trail was signed with a key that this installation does not have. Put the "
                f"old audit key back, or set SHIELD_AUDIT_OLD_KEYS={manifest.audit_key} after you "
                "have compared it with your own record of that key."
            )
        report = trail_verify(actor="command line")
        if report.broken is None:
            self.stdout.write(f"The audit trail is intact: {report.events:,} events.")
            return
        self.stdout.write(f"The audit trail is broken: {report.broken.message}.")
        raise SystemExit(1)
