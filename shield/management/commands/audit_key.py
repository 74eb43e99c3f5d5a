"""The public half of the key that signs the audit trail; `--rotate` replaces the key."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from shield.audit.keys import rotate, signing_key, trusted_keys
from shield.audit.services import record
from shield.management.contract import ContractCommand


class Command(ContractCommand):
    """`manage.py audit_key [--pem] [--rotate]`."""

    help = "Print the public key that the signed heads of the audit trail verify with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """In which form, and whether to make a new key first."""
        parser.add_argument("--pem", action="store_true", help="as PEM, for openssl")
        parser.add_argument(
            "--rotate",
            action="store_true",
            help="make a new key; heads signed with the old one stay valid",
        )

    def handle(self, *args: object, **options: Any) -> None:  # noqa: ANN401  (Django's own)
        """Print, or rotate and print."""
        if options["rotate"]:
            old, new = rotate()
            record(
                actor="command line",
                act="audit.key_rotated",
                object_type="audit_key",
                object_id=new.id,
                object_text=f"Audit key {new.id}",
                before={"key_id": old.id, "public_key": old.text},
                after={"key_id": new.id, "public_key": new.text},
            )
        present = signing_key().public
        if options["pem"]:
            self.stdout.write(present.pem, ending="")
            return
        for key in trusted_keys().values():
            use = "signs" if key.id == present.id else "signed before"
            self.stdout.write(f"{key.id}  {key.text}  {use}")
