"""The benchmark's incidents and signed statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from benchmarks import web_world as w
from benchmarks.web_inventory import sha
from benchmarks.web_world import NOW, World

INCIDENTS = 2
"""Of each service."""
STATEMENTS = 8
"""Of each service about each of its frameworks, at most."""


def incidents(world: World) -> Iterator[dict[str, object]]:
    """Four of five are closed."""
    states = ("closed", "closed", "reported", "closed", "closed", "investigating", "closed",
              "closed", "contained", "closed")  # fmt: skip
    for number in range(world.services * INCIDENTS):
        place, state = number % world.services, states[number % 10]
        noticed = NOW - timedelta(hours=13 * number % 9000)
        done = state == "closed"
        yield {
            "id": number + 1, "service_id": place + 1, "title": f"Refusals rose in line {place % 17}",
            "what_happened": "More people were refused than in any week before.",
            "severity": ("high", "medium", "critical", "low")[number % 4], "state": state,
            "noticed_at": noticed, "environment": "production",
            "version_id": place * w.VERSIONS + 3, "harm": "rights" if number % 9 == 0 else "none",
            "notification": "needed" if number % 9 == 0 else "not_needed",
            "root_cause": "A column changed its meaning." if done else "",
            "lessons": "Contracts of columns are tested." if done else "",
            "reported_by": f"person{number % world.people + 1}",
            "manager_id": number % world.people + 1, "closed_at": noticed if done else None,
        }  # fmt: skip


def statements(world: World) -> Iterator[dict[str, object]]:
    """The first requirements of both frameworks, signed for every third service."""
    from shield.frameworks.catalogue import frameworks

    key = 0
    for framework in ("mas-feat", "nist-ai-rmf"):
        for line in list(frameworks()[framework].requirements)[:STATEMENTS]:
            for place in range(0, world.services, 3):
                key += 1
                person = key % world.people + 1
                signed = NOW - timedelta(days=key % 300)
                yield {
                    "id": key, "framework": framework, "requirement": line.id,
                    "service_id": place + 1, "unit_id": int(world.unit_of[place]),
                    "about": f"service:{place + 1}", "version": 1,
                    "text": "We do this, and a second person looks at it each quarter.",
                    "text_sha256": sha(key), "signer_id": person, "signer_name": f"person{person}",
                    "signer_role": "risk_officer", "signed_at": signed,
                    "expires_at": signed + timedelta(days=365), "event": None,
                }  # fmt: skip
