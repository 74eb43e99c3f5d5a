"""What `migrate` leaves in the database, made again where a test has emptied the tables."""

from __future__ import annotations

from shield.notify.models import Cursor
from shield.notify.outbox import begin
from shield.risk.models import PolicyVersion
from shield.risk.policies.versions import policies_sync

CONSUMERS = ("people", "webhooks")


def as_after_migrate() -> None:
    """The default policies and the readers of the outbox, unless they are there."""
    if not PolicyVersion.objects.exists():
        policies_sync()
    if Cursor.objects.count() < len(CONSUMERS):
        for consumer in CONSUMERS:
            begin(consumer)
