"""Chain what has no seal yet: what the beat does every few seconds, by hand."""

from __future__ import annotations

from shield.audit.services import events_seal, heads_publish
from shield.management.contract import ContractCommand


class Command(ContractCommand):
    """`manage.py seal_audit`: safe beside the running sealer."""

    help = (
        "Chain and sign the events of the audit trail that have no seal yet, and publish the heads."
    )

    def handle(self, *args: object, **options: object) -> None:
        """Seal, publish, say how much."""
        done = events_seal(thorough=True)
        if done.busy:
            self.stdout.write("Another sealer is at work; nothing was done.")
            return
        self.stdout.write(f"{done.events:,} events sealed, {heads_publish()} heads published.")
