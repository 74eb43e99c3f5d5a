"""`user_create NAME --role engineer --unit retail`: a user with a random password, printed once."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shield.accounts.choices import Role, TierLimit
from shield.accounts.management.units import unit_named
from shield.accounts.services import user_create
from shield.common.errors import ShieldError


class Command(BaseCommand):
    """Make a user."""

    help = "Create a user; the password is random and printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME, --role, --unit, --tier-limit and --email."""
        parser.add_argument("name")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER.value)
        parser.add_argument("--unit", help="only in this business unit (its slug)")
        parser.add_argument("--tier-limit", choices=TierLimit.values, default="")
        parser.add_argument("--email", default="")

    def handle(self, *args: object, **options: object) -> None:
        """Create it and print the password."""
        try:
            unit = unit_named(options["unit"])
            user, password = user_create(
                username=str(options["name"]),
                role=str(options["role"]),
                email=str(options["email"]),
                unit=unit,
                tier_limit=str(options["tier_limit"]),
                actor="command line",
            )
        except ShieldError as error:
            raise CommandError(f"{error.code}: {error}", returncode=3) from error
        where = unit.slug if unit else "everywhere"
        self.stdout.write(
            f"user      {user.username}\nrole      {options['role']} ({where})\n"
            f"password  {password}"
        )
