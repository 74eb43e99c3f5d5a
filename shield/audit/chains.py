"""Which chain an event belongs to: a pure function of what was done.

Chains are sealed and verified apart from each other, so that one kind of event can be followed, and
signed, by itself. The first part of the act decides (`run` of `run.start`); what no chain claims is
governance. An event stays in the chain that it was sealed into when this table grows later.
"""

from __future__ import annotations

import hashlib
from typing import Final

GOVERNANCE: Final = "governance"

ENTITIES: Final[dict[str, frozenset[str]]] = {
    "records": frozenset({"run", "measurement", "metric", "upload"}),
    "accounts": frozenset({"user", "grant", "unit", "token", "session", "login", "account"}),
    "dp": frozenset({"dp", "budget"}),
}
"""Chain → the entities whose acts it holds; everything else is in `governance`."""

CHAINS: Final = (GOVERNANCE, *ENTITIES)
_CHAIN_OF: Final = {entity: chain for chain, known in ENTITIES.items() for entity in known}


def chain_of(act: str) -> str:
    """The chain of an event with this act."""
    return _CHAIN_OF.get(act.partition(".")[0], GOVERNANCE)


def origin(chain: str) -> str:
    """The digest before the first event; it binds every later digest to the name of its chain."""
    return hashlib.sha256(f"shield audit chain {chain}".encode()).hexdigest()
