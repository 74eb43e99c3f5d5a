"""`search_index`: the index of the findings' search box, for databases that refused it at first."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from shield.findings.search_index import search_index_create


class Command(BaseCommand):
    """Safe to repeat; migrating makes the index too, where it may."""

    help = "Make the index behind the findings' search box (PostgreSQL with pg_trgm)."

    def handle(self, *args: object, **options: object) -> None:
        """Make it, or say what the database says."""
        if refused := search_index_create(connection):
            raise CommandError(f"The database refused: {refused}")
        self.stdout.write("The search index is there.")
