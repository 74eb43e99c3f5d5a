"""`token_create USER --name ci --scope ci --days 90`: a token for the API, printed once."""

from __future__ import annotations

from typing import cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from shield.accounts.management.units import service_key_named, unit_named
from shield.accounts.models import User
from shield.accounts.scopes import ALL, SCOPES
from shield.accounts.services import token_create
from shield.common.errors import ShieldError


class Command(BaseCommand):
    """Make a token."""

    help = "Create an API token of a user; it is printed once and cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """USER, --name, --days, and what narrows the token."""
        parser.add_argument("user")
        parser.add_argument("--name", required=True, help="what the token is for")
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument(
            "--scope", action="append", choices=list(SCOPES),
            help="what it may, of what its owner may; repeat for several (default: all)",
        )  # fmt: skip
        parser.add_argument("--unit", help="only in this business unit (its slug)")
        parser.add_argument("--service", help="only for this service (its id in shield.yaml)")
        parser.add_argument(
            "--network",
            action="append",
            default=[],
            help="only from here, like 10.1.0.0/16; repeat",
        )

    def handle(self, *args: object, **options: object) -> None:
        """Create it and print it, alone on standard output."""
        user = User.objects.filter(username=str(options["user"])).first()
        if user is None:
            raise CommandError(
                f"There is no user {options['user']}. Make one with user_create.", returncode=3
            )
        try:
            row, token = token_create(
                user=user,
                name=str(options["name"]),
                days=int(str(options["days"])),
                scopes=cast("list[str] | None", options["scope"]) or [ALL],
                unit=unit_named(options["unit"]),
                service_key=service_key_named(options["service"]),
                networks=cast("list[str]", options["network"]),
                actor="command line",
            )
        except ShieldError as error:
            raise CommandError(f"{error.code}: {error}", returncode=3) from error
        self.stderr.write(f"Valid until {row.expires_at:%Y-%m-%d}. It is shown only now.")
        self.stdout.write(token)
