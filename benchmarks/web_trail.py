"""The benchmark's audit events with their seals, and the messages that people got of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from benchmarks import web_world as w
from benchmarks.web_copy import NULL
from benchmarks.web_inventory import sha
from benchmarks.web_world import NOW, World

EVENT_COLUMNS = (
    "id", "at", "actor", "act", "object_type", "object_id", "object_text", "before", "after", "reason",
    "request_id", "unit",
)  # fmt: skip
FINDING_ACTS = ("opened", "resolved", "closed", "assign", "comment", "severity", "regressed")


def event_lines(world: World) -> Iterator[str]:
    """Five hundred a service over two years: mostly about findings, then runs and the inventory."""
    total = world.services * 500
    after = json.dumps({"state": "open", "severity": "high"})
    pick = world.random
    for number in range(total):
        at = NOW - timedelta(seconds=(total - number) * 730 * 86400 / total)
        service = pick.randrange(world.services)
        actor = f"person{pick.randrange(world.people) + 1}"
        kind = number % 20
        if kind < 14:
            act = FINDING_ACTS[kind % 7]
            key = pick.randrange(world.services * w.IDENTITIES) + 1
            what = (
                f"finding.{act}\tfinding\t{key}\tFND-{key} {w.CHECKS[kind][1]} is outside its limit"
            )
            actor = f"run {world.runs[number % len(world.runs)].id}" if kind % 7 < 3 else actor
        elif kind < 18:
            run = world.runs[number % len(world.runs)]
            service = run.service
            what = f"run.finish\trun\t{run.id}\trun {str(run.id)[:8]} of {world.name(service)}"
        else:
            what = f"service.change\tservice\t{service + 1}\t{world.name(service)}"
        yield f"{number + 1}\t{at}\t{actor}\t{what}\t{NULL}\t{after}\t\t\t{int(world.unit_of[service])}"


SEAL_COLUMNS = ("chain", "position", "event", "digest", "previous")


def seal_lines(world: World) -> Iterator[str]:
    """A seal for each event. The digests are made up: nothing here verifies them."""
    from shield.audit.chains import chain_of

    chains: dict[str, str] = {}
    ends: dict[str, int] = {}
    for number in range(world.services * 500):
        kind = number % 20
        act = "finding.assign" if kind < 14 else "run.finish" if kind < 18 else "service.change"
        chain = chains.setdefault(act, chain_of(act))
        ends[chain] = ends.get(chain, 0) + 1
        yield f"{chain}\t{ends[chain]}\t{number + 1}\t{sha(number + 1)}\t{sha(number)}"


MESSAGE_COLUMNS = (
    "user_id", "kind", "act", "group", "critical", "shown", "object_type", "object_id", "object_text",
    "service_text", "url", "unit", "actor", "at", "created_at", "read_at",
)  # fmt: skip
MESSAGES = 200


def message_lines(world: World) -> Iterator[str]:
    """Two hundred messages a person over 90 days, the last tenth unread."""
    kinds = ("assigned", "critical", "regressed", "deadline", "activity")
    for number in range(world.people * MESSAGES):
        place, person = divmod(number, world.people)
        at = NOW - timedelta(days=90 * (MESSAGES - place) / MESSAGES)
        service = world.random.randrange(world.services)
        key = world.random.randrange(world.services * w.IDENTITIES) + 1
        read = NULL if place >= MESSAGES * 0.9 else at
        yield (
            f"{person + 1}\t{kinds[number % 5]}\tfinding.assign\tfinding {key}\t"
            f"{'t' if number % 5 == 1 else 'f'}\tt\tfinding\t{key}\tFND-{key} is outside its limit\t"
            f"{world.name(service)}\t/findings/{key}/\t{int(world.unit_of[service])}\t"
            f"person{key % world.people + 1}\t{at}\t{at}\t{read}"
        )
