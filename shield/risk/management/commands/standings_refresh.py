"""`standings_refresh`: recompute what lists and the heat map read of every service."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from shield.risk.standing import standings_refresh_all


class Command(BaseCommand):
    """Safe at any time: the figures are derived, and changes wait for nothing."""

    help = "Recompute the standing (counts, last verdict, freshness) of every service."

    def handle(self, *args: object, **options: object) -> None:
        """Recompute, and say how many."""
        total = standings_refresh_all()
        self.stdout.write(f"The standing of {total} services was recomputed.")
