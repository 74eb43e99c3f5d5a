"""What the benchmark's people look at: addresses by kind, drawn from what each of them may see."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from benchmarks.web_world import CHECKS

SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
FINDING_STATES: Final = (
    "open", "in_progress", "regressed", "accepted", "false_positive", "resolved", "closed",
)  # fmt: skip
FINDING_SORTS: Final = ("severity", "title", "service", "state", "assignee", "due_at", "opened_at")
SERVICE_SORTS: Final = ("name", "tier", "last_outcome", "active_findings", "last_finished_at")
RUN_SORTS: Final = ("service", "state", "outcome", "queued_at")
WORDS: Final = (
    "race", "calibration", "auc gap", "under 30", "fraud", "mortgage approval 12", "zzzz",
    "f1", "four-fifths", "equal odds female", "recall",
)  # fmt: skip


@dataclass
class Sights:
    """What one person may open: keys for pages of details."""

    services: list[str]
    findings: list[int]
    runs: list[str]
    units: list[str] = field(default_factory=list)


def finding_list(pick: random.Random, seen: Sights) -> str:
    """The list of findings with up to three filters, any order, now and then a page behind."""
    parts = [f"show={pick.choice(('active', 'active', 'active', 'done', 'all'))}"]
    filters: list[Callable[[], str]] = [
        lambda: "&".join(f"severity={s}" for s in pick.sample(SEVERITIES, pick.choice((1, 2)))),
        lambda: f"state={pick.choice(FINDING_STATES)}",
        lambda: f"service={pick.choice(seen.services)}",
        lambda: f"owner={pick.choice(('me', 'nobody', 'person7'))}",
        lambda: f"clock={pick.choice(('overdue', 'week'))}",
        lambda: f"pillar={pick.choice(('fairness', 'performance'))}",
        lambda: f"unit={pick.choice(seen.units)}" if seen.units else "",
        lambda: f"tier={pick.choice(('low', 'high', 'critical'))}",
        lambda: f"check={pick.choice(CHECKS)[0]}",
        lambda: f"opened={pick.choice(('1', '7', '30'))}",
        lambda: f"q={pick.choice(WORDS).replace(' ', '+')}",
    ]
    parts += [make() for make in pick.sample(filters, pick.choice((0, 0, 1, 1, 2, 3)))]
    if pick.random() < 0.4:
        parts.append(f"sort={pick.choice(('', '-'))}{pick.choice(FINDING_SORTS)}")
    if pick.random() < 0.2:
        parts.append(f"page={pick.choice((2, 3, 9, 60, 390))}")
    return "/findings/?" + "&".join(part for part in parts if part)


def service_list(pick: random.Random, seen: Sights) -> str:
    """The inventory."""
    parts = []
    if pick.random() < 0.4:
        parts.append(f"tier={pick.choice(('low', 'moderate', 'high', 'critical'))}")
    if pick.random() < 0.3:
        parts.append(f"freshness={pick.choice(('never', 'stale', 'fresh'))}")
    if pick.random() < 0.3:
        parts.append(
            f"q={pick.choice(('fraud', 'team7', 'credit 12', 'line 3'))}".replace(" ", "+")
        )
    if pick.random() < 0.4:
        parts.append(f"sort={pick.choice(('', '-'))}{pick.choice(SERVICE_SORTS)}")
    if pick.random() < 0.2:
        parts.append(f"page={pick.choice((2, 5, 40))}")
    return "/services/?" + "&".join(parts)


def run_list(pick: random.Random, seen: Sights) -> str:
    """Runs."""
    parts = []
    if pick.random() < 0.4:
        parts.append(f"state={pick.choice(('finished', 'failed', 'queued'))}")
    if pick.random() < 0.3:
        parts.append(f"outcome={pick.choice(('pass', 'fail', 'inconclusive'))}")
    if pick.random() < 0.3:
        parts.append(f"service={pick.choice(seen.services)}")
    if pick.random() < 0.2:
        parts.append(f"q={pick.choice(('fraud', 'ci@example', '2026.3'))}")
    if pick.random() < 0.3:
        parts.append(f"sort={pick.choice(('', '-'))}{pick.choice(RUN_SORTS)}")
    if pick.random() < 0.2:
        parts.append(f"page={pick.choice((2, 9, 300))}")
    return "/runs/?" + "&".join(parts)


def audit_list(pick: random.Random, seen: Sights) -> str:
    """The audit trail."""
    parts = []
    if pick.random() < 0.4:
        parts.append(f"act={pick.choice(('finding.comment', 'run.finish', 'service.change'))}")
    if pick.random() < 0.3:
        parts.append(f"actor=person{pick.choice((3, 7, 12))}")
    if pick.random() < 0.3:
        parts.append(f"when={pick.choice(('1', '7', '30'))}")
    if pick.random() < 0.2:
        parts.append(f"q={pick.choice(('FND-1234', 'Recall', 'fraud'))}")
    if pick.random() < 0.2:
        parts.append(f"page={pick.choice((2, 9, 300))}")
    return "/audit/?" + "&".join(parts)


def api_list(pick: random.Random, seen: Sights) -> str:
    """Lists over the API, as a dashboard of another tool asks for them."""
    return pick.choice(
        (
            "/api/v1/findings/?active=true&ordering=due_at",
            f"/api/v1/findings/?service={pick.choice(seen.services)}",
            f"/api/v1/findings/?page={pick.choice((1, 2, 40))}",
            "/api/v1/services/",
            "/api/v1/runs/?state=finished",
            "/api/v1/history/",
        )
    )


Make = Callable[[random.Random, Sights], str]

KINDS: Final[dict[str, tuple[int, Make]]] = {
    "home": (18, lambda pick, seen: "/"),
    "findings": (26, finding_list),
    "finding": (16, lambda pick, seen: f"/findings/{pick.choice(seen.findings)}/"),
    "services": (9, service_list),
    "service": (9, lambda pick, seen: f"/services/{pick.choice(seen.services)}/"),
    "runs": (5, run_list),
    "run": (4, lambda pick, seen: f"/runs/{pick.choice(seen.runs)}/"),
    "heat map": (4, lambda pick, seen: "/risk/"),
    "audit": (4, audit_list),
    "API": (5, api_list),
}
"""Kind of page → how often of a hundred visits, and how its address is made."""


def next_page(pick: random.Random, seen: Sights) -> tuple[str, str]:
    """Where somebody goes next."""
    (kind,) = pick.choices(list(KINDS), [often for often, _ in KINDS.values()])
    return kind, KINDS[kind][1](pick, seen)
