"""Give up the bytes of data that nothing has needed for the agreed days."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from shield.management.contract import ContractCommand
from shield.registry.retention import retention, retention_apply, retention_due


class Command(ContractCommand):
    """`manage.py retention_apply [--dry-run]`."""

    help = "Erase the bytes of data whose retention is over; measurements and history stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to do it."""
        parser.add_argument("--dry-run", action="store_true", help="only say what is due")

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  (Django's own)
        """Say what is due, or give it up."""
        only_said = bool(options["dry_run"])
        days = retention().keep_days
        if days is None:
            self.stdout.write("Data is kept for ever: no retention is set.")
            return
        found = retention_due() if only_said else retention_apply()
        for due in found:
            named = ", ".join(str(dataset) for dataset in due.datasets)
            self.stdout.write(f"{due.since:%Y-%m-%d}  {due.file.size:>12,} bytes  {named}")
        done = "are due" if only_said else "were erased"
        self.stdout.write(f"{len(found)} files {done} (kept {days} days after the last need).")
