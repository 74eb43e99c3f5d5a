"""`search_index`: the indexes of the search boxes, for databases that refused them at first."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from shield.common.search_index import EVERY


class Command(BaseCommand):
    """Safe to repeat; migrating makes the indexes too, where it may."""

    help = "Make the indexes behind the search boxes (PostgreSQL with pg_trgm)."

    def handle(self, *args: object, **options: object) -> None:
        """Make them, or say what the database says."""
        for index in EVERY:
            if refused := index.create(connection):
                raise CommandError(f"The database refused: {refused}")
        self.stdout.write("The search indexes are there.")
