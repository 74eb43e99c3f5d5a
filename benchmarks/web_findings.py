"""The benchmark's findings: their lives, clocks and acceptances."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np

from benchmarks import web_world as w
from benchmarks.web_copy import NULL, text
from benchmarks.web_world import NOW, World

DAYS = {"critical": 7, "high": 30, "medium": 90, "low": 120, "info": 180}
FINDING_COLUMNS = (
    "id", "fingerprint", "service_id", "check_id", "check_major", "pillar", "slice", "slice_key",
    "title", "state", "severity", "policy_severity", "assignee_id", "first_run_id", "last_run_id",
    "measurement_id", "proof_id", "opened_at", "due_at", "sla_due_at", "resolved_at", "accepted_until",
    "pending", "decided_at",
)  # fmt: skip


def _lives(world: World) -> Iterator[tuple[int, int, int, int, int, int, list[int]]]:
    """(key, service, check, slice, state, first, runs that measure it) in the order of keys.

    The keys are shuffled: neighbours in the table belong to different services.
    """
    shuffled = np.random.default_rng(world.seed + 1).permutation(world.services * w.IDENTITIES)
    for number, identity in enumerate(shuffled.tolist()):
        service, place = divmod(identity, w.IDENTITIES)
        check, slice_ = divmod(place, w.SLICES)
        covering = world.covering(service, slice_)
        first = int(world.first_place[service, place])
        yield number + 1, service, check, slice_, int(world.state[service, place]), first, covering


def finding_lines(world: World) -> Iterator[str]:
    """Five hundred a service."""
    parts = [[text(part) for part in w.slices(domain)] for domain in range(8)]
    keys = [w.keys(domain) for domain in range(8)]
    titles = [w.titles(domain) for domain in range(8)]
    for key, service, check, slice_, state, first, covering in _lives(world):
        domain, begin = service % 8, world.first_run(service)
        name = w.STATES[state][0]
        last = covering[-1] if state < w.LIVING else covering[first]
        opened = world.runs[begin + covering[first]]
        seen = world.runs[begin + last]
        severity = w.SEVERITIES[world.severity[service, check * w.SLICES + slice_]][0]
        measured = (begin + last) * w.PER_RUN + check * w.PER_CHECK
        measured += slice_ - w.BASES[last % 3] + 1
        done = name in {"resolved", "closed"}
        proof = world.runs[begin + covering[min(first + 1, len(covering) - 1)]]
        owner = key % world.people + 1 if key % 5 < 2 else NULL
        due = opened.at + timedelta(days=DAYS[severity])
        yield (
            f"{key}\t{key:064x}\t{service + 1}\t{w.CHECKS[check][0]}\t1\t"
            f"{w.CHECKS[check][0].split('.')[0]}\t{parts[domain][slice_]}\t{keys[domain][slice_]}\t"
            f"{titles[domain][check][slice_]}\t{name}\t{severity}\t{severity}\t{owner}\t"
            f"{opened.id}\t{seen.id}\t{measured}\t{proof.id if done else NULL}\t{opened.at}\t"
            f"{due}\t{due}\t{proof.at if done else NULL}\t"
            f"{_accepted(key)[1] if name == 'accepted' else NULL}\t{_pending(key, name)}\t"
            f"{_accepted(key)[0] if name in {'accepted', 'false_positive'} else NULL}"
        )


TIMELINE_COLUMNS = ("finding_id", "at", "actor", "act", "from_state", "to_state", "run_id", "note")


def timeline_lines(world: World) -> Iterator[str]:
    """How each was opened, and what came next."""
    for key, service, _, _, state, first, covering in _lives(world):
        begin = world.first_run(service)
        opened = world.runs[begin + covering[first]]
        after = world.runs[begin + covering[min(first + 1, len(covering) - 1)]]
        yield f"{key}\t{opened.at}\trun {opened.id}\topened\t\topen\t{opened.id}\tbelow 0.8"
        name = w.STATES[state][0]
        act = "resolved" if name in {"resolved", "closed"} else "seen"
        yield f"{key}\t{after.at}\trun {after.id}\t{act}\topen\t{name}\t{after.id}\tmeasured again"


def _accepted(key: int) -> tuple[datetime, datetime]:
    """When an acceptance was proposed, and when it expires: within 180 days, none before today."""
    proposed = NOW - timedelta(days=1 + key % 150)
    return proposed, proposed + timedelta(days=180)


def _pending(key: int, state: str) -> str:
    """What somebody proposed about it and nobody decided yet: a fiftieth of what is open."""
    if state != "open" or key % 50 > 1:
        return ""
    return "acceptance" if key % 50 else "false_positive"


CLOCK_COLUMNS = (
    "finding_id", "severity", "started_at", "sla_due_at", "due_at", "decided_at", "stopped_at",
    "result",
)  # fmt: skip


def clock_lines(world: World) -> Iterator[str]:
    """One running of the clock for each finding."""
    for key, service, check, slice_, state, first, covering in _lives(world):
        begin = world.first_run(service)
        name = w.STATES[state][0]
        severity = w.SEVERITIES[world.severity[service, check * w.SLICES + slice_]][0]
        opened = world.runs[begin + covering[first]].at
        due = opened + timedelta(days=DAYS[severity])
        decided = _accepted(key)[0] if name in {"accepted", "false_positive"} else NULL
        proof = world.runs[begin + covering[min(first + 1, len(covering) - 1)]].at
        stopped = proof if name in {"resolved", "closed"} else NULL
        result = "" if stopped == NULL else "met" if proof <= due else "missed"
        yield f"{key}\t{severity}\t{opened}\t{due}\t{due}\t{decided}\t{stopped}\t{result}"


_DECIDED = ("finding_id", "measurement_id", "run_id", "severity", "proposer_id", "proposed_at",
            "reason", "decider_id", "decided_at", "value", "status", "category", "title",
            "service_id")  # fmt: skip
ACCEPTANCE_COLUMNS = (*_DECIDED, "treatment", "expires_at", "controls")
CLAIM_COLUMNS = (*_DECIDED, "evidence")


def acceptance_lines(world: World) -> Iterator[str]:
    """Of each accepted finding the decision in force, of some open ones a proposal."""
    for key, line in _decisions(world, "accepted", "acceptance", ("active", "controls")):
        yield f"{line}\taccept\t{_accepted(key)[1]}\tA person reads each refusal."


def claim_lines(world: World) -> Iterator[str]:
    """The same of false positives."""
    for _, line in _decisions(
        world, "false_positive", "false_positive", ("confirmed", "data_error")
    ):
        yield f"{line}\tThe labels of branch 12 were shifted by a row."


def _decisions(
    world: World, state: str, pending: str, words: tuple[str, str]
) -> Iterator[tuple[int, str]]:
    decided_as, category = words
    titles = [w.titles(domain) for domain in range(8)]
    for key, service, check, slice_, place, _, covering in _lives(world):
        name = w.STATES[place][0]
        decided = name == state
        if not decided and _pending(key, name) != pending:
            continue
        last = covering[-1]
        run = world.first_run(service) + last
        measured = run * w.PER_RUN + check * w.PER_CHECK + slice_ - w.BASES[last % 3] + 1
        severity = w.SEVERITIES[world.severity[service, check * w.SLICES + slice_]][0]
        at = _accepted(key)[0]
        one, other = key % world.people + 1, (key + 1) % world.people + 1
        yield (
            key,
            f"{key}\t{measured}\t{world.runs[run].id}\t{severity}\t{one}\t{at}\t"
            f"Known, and looked at each month.\t{other if decided else NULL}\t"
            f"{at if decided else NULL}\t0.7\t{decided_as if decided else 'proposed'}\t{category}\t"
            f"{titles[service % 8][check][slice_]}\t{service + 1}",
        )
