"""A sealed audit trail to look at, and the hands of somebody who may do anything to its tables."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from django.db import connection

from shield.audit.services import Draft, events_seal, heads_publish, record_all
from tests.support.triggers import without_triggers

ACTS = ("finding.start", "run.finish", "user.create", "service.change")
_serial = [itertools.count(1)]


def count_anew() -> None:
    """Begin with the first draft again, so that a test does not depend on those before it."""
    _serial[0] = itertools.count(1)


def drafts(count: int) -> list[Draft]:
    """Events of several chains, with every kind of value."""
    return [
        Draft(
            actor=f"person{n % 7}",
            act=ACTS[n % len(ACTS)],
            object_type="finding",
            object_id=n,
            object_text=f"Finding {n} Ünïcødé نظام",
            before={"n": n, "share": n / 3, "big": 1e22, "zero": -0.0, "nested": {"a": [1, None]}},
            after=None if n % 5 == 0 else {"state": "open", "text": 'quote " and \\ slash'},
            reason="because" if n % 2 else "",
            unit=n % 3 or None,
        )
        for n in itertools.islice(_serial[0], count)
    ]


def trail(*batches: int) -> None:
    """Batches of events, each sealed, signed and published by itself."""
    for count in batches:
        record_all(drafts=drafts(count))
        events_seal()
        heads_publish()


def tamper(sql: str, arguments: Sequence[object] = ()) -> None:
    """Change the tables behind everybody's back: no trigger, no constraint of ours."""
    with without_triggers(), connection.cursor() as cursor:
        cursor.execute(sql, list(arguments))
        assert cursor.rowcount, "the tampering changed nothing"
