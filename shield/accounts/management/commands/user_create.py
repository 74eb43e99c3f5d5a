"""`user_create NAME --role engineer`: a user with a random password, printed once."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shield.accounts.choices import Role
from shield.accounts.services import user_create
from shield.common.errors import ShieldError


class Command(BaseCommand):
    """Make a user."""

    help = "Create a user; the password is random and printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME, --role and --email."""
        parser.add_argument("name")
        parser.add_argument("--role", choices=Role.values, default=Role.VIEWER.value)
        parser.add_argument("--email", default="")

    def handle(self, *args: object, **options: object) -> None:
        """Create it and print the password."""
        try:
            user, password = user_create(
                username=str(options["name"]),
                role=str(options["role"]),
                email=str(options["email"]),
                actor="command line",
            )
        except ShieldError as error:
            raise CommandError(f"{error.code}: {error}", returncode=3) from error
        self.stdout.write(
            f"user      {user.username}\nrole      {options['role']}\npassword  {password}"
        )
