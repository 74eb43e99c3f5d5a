"""The questions of the home page. Each number is counted with the filter of the list that it opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet

from shield.accounts.policy import may, visible
from shield.common.counting import Total, count_rows
from shield.findings.filters import AcceptanceFilter, FindingFilter
from shield.findings.models import Acceptance, Finding
from shield.incidents.filters import IncidentFilter
from shield.incidents.models import Incident
from shield.records.filters import RunFilter
from shield.records.models import Run
from shield.risk.filters import ChangeFilter, StandingFilter
from shield.risk.models import PolicyChange
from shield.risk.selectors import standings
from shield.web.filters import ServiceFilter
from shield.web.selectors import services_overview

Rows = Callable[[object], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Source:
    """A list: its address, its rows as far as somebody may see them, and its filter."""

    route: str
    rows: Rows
    filterset: type[FilterSet]


FINDINGS: Final = Source(
    "finding-list", lambda user: visible(Finding.objects.all(), user, "finding.view"), FindingFilter
)
ACCEPTANCES: Final = Source(
    "acceptance-list",
    lambda user: visible(Acceptance.objects.all(), user, "finding.view"),
    AcceptanceFilter,
)
CHANGES: Final = Source(
    "policy-change-list",
    lambda user: visible(PolicyChange.objects.all(), user, "policy.view"),
    ChangeFilter,
)
RUNS: Final = Source(
    "run-list", lambda user: visible(Run.objects.all(), user, "run.view"), RunFilter
)
SERVICES: Final = Source(
    "service-list", lambda user: visible(services_overview(), user, "service.view"), ServiceFilter
)
RISKS: Final = Source("risk-list", standings, StandingFilter)
INCIDENTS: Final = Source(
    "incident-list",
    lambda user: visible(Incident.objects.all(), user, "incident.view"),
    IncidentFilter,
)


@cache
def asking(filterset: type[FilterSet], names: tuple[str, ...]) -> type[FilterSet]:
    """The filter set with these filters alone: the others narrow nothing, and cost their making."""
    narrow: Any = type(filterset.__name__, (filterset,), {})
    narrow.base_filters = {name: filterset.base_filters[name] for name in names}
    return cast(type[FilterSet], narrow)


@dataclass(frozen=True, slots=True)
class Tile:
    """One question: who is asked it (`act`), the list that answers, how grave a number above 0 is."""

    label: str | Promise
    note: str | Promise
    icon: str
    tone: str
    act: str
    source: Source
    query: str

    def total(self, request: HttpRequest) -> Total:
        """The number, by the very filter that the linked list uses."""
        return count_rows(self.rows(request))

    def rows(self, request: HttpRequest) -> QuerySet[Any]:
        """What is counted."""
        asked = QueryDict(self.query)
        filterset = asking(self.source.filterset, tuple(asked))  # type: ignore[arg-type]
        return filterset(asked, self.source.rows(request.user), request=request).qs

    @property
    def url(self) -> str:
        """The list."""
        return f"{reverse(self.source.route)}?{self.query}"


MINE: Final = (
    Tile(
        _("Assigned to me"), _("active findings"), "user-check", "info",
        "finding.work", FINDINGS, "owner=me&show=active",
    ),
    Tile(
        _("Acceptances to decide"), _("proposed by others, in your reach"), "thumb-up", "high",
        "acceptance.decide", ACCEPTANCES, "show=mine",
    ),
    Tile(
        _("False positives to confirm"), _("waiting for a second person"), "eye-off", "high",
        "false_positive.decide", FINDINGS, "show=claims",
    ),
    Tile(
        _("Policy changes to decide"), _("proposed"), "adjustments", "high",
        "policy.decide", CHANGES, "state=proposed",
    ),
    Tile(
        _("Authorities to notify"), _("incidents past the date for it"), "alert-octagon", "fail",
        "incident.manage", INCIDENTS, "notification=overdue&show=all",
    ),
)  # fmt: skip
EVERYBODY: Final = (
    Tile(
        _("Overdue findings"), _("past their due date"), "clock-exclamation", "fail",
        "finding.view", FINDINGS, "clock=overdue",
    ),
    Tile(
        _("New critical and high"), _("opened in the last 7 days"), "alert-triangle", "high",
        "finding.view", FINDINGS, "severity=critical&severity=high&opened=7&show=active",
    ),
    Tile(
        _("Outside the appetite"), _("services beyond a limit of their unit"), "gauge", "fail",
        "risk.view", RISKS, "appetite=breach",
    ),
    Tile(
        _("Open incidents"), _("reported and not closed"), "alert-octagon", "fail",
        "incident.view", INCIDENTS, "show=active",
    ),
    Tile(
        _("Acceptances ending soon"), _("within 30 days"), "clock", "medium",
        "finding.view", ACCEPTANCES, "show=expiring",
    ),
    Tile(
        _("Without fresh evidence"), _("services never assessed, or stale"), "circle-dashed",
        "grey", "service.view", SERVICES, "freshness=never&freshness=stale",
    ),
    Tile(
        _("Owner has left"), _("active findings of people who are gone"), "user-plus", "medium",
        "finding.view", FINDINGS, "owner=inactive&show=active",
    ),
    Tile(
        _("Runs without a result"), _("failed or errored, last 7 days"), "bug", "error",
        "run.view", RUNS, "state=failed&state=errored&queued=7",
    ),
    Tile(
        _("Runs in progress"), _("queued or running"), "loader-2", "info",
        "run.view", RUNS, "state=queued&state=running",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """A tile with its number."""

    tile: Tile
    total: Total


def answers(tiles: tuple[Tile, ...], request: HttpRequest) -> list[Answer]:
    """Those that this person is asked, with their numbers: one query each."""
    return [Answer(tile, tile.total(request)) for tile in tiles if may(request.user, tile.act)]
