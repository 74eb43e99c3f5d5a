"""Reading risk: standings for the heat map, units with their appetite, reasons in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shield.accounts.models import BusinessUnit
from shield.accounts.policy import visible
from shield.records.choices import SeverityChoice
from shield.registry.models import Service
from shield.risk.appetite.models import Appetite
from shield.risk.appetite.selectors import appetites_in_force
from shield.risk.freshness import NEWER_VERSION, OTHER_DATA, OTHER_MANIFEST, freshness
from shield.risk.models import PolicyVersion, Standing

PILLARS: Final = (
    "fairness", "performance", "robustness", "explainability", "privacy", "security", "ekyc",
    "monitoring",
)  # fmt: skip


def standings(user: object) -> QuerySet[Standing]:
    """The standing of every service in use that this person may see, with `freshness`."""
    rows = Standing.objects.filter(service__retired_at=None).select_related("service__unit")
    return visible(rows.annotate(freshness=freshness()), user, "risk.view")


def pillars_asked_for() -> list[str]:
    """The pillars that the policies in force ask for, in the product's order: the heat map's columns."""
    named = {each.split(".", 1)[0] for each in _asked()}
    return [pillar for pillar in PILLARS if pillar in named] + sorted(named - set(PILLARS))


def _asked() -> Iterable[str]:
    newest: dict[str, dict[str, Any]] = {}
    rows = PolicyVersion.objects.order_by("number").values_list("tier", "document")
    for tier, document in rows:
        newest[tier] = document
    for document in newest.values():
        yield from document["checks"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One pillar of one service; `kind` is the badge that is shown, never a colour alone."""

    kind: str  # pass, fail, error, inconclusive, skipped, descriptive, stale, "" (never measured)
    outcome: str  # what was found, also when it is stale
    measured: int = 0
    planned: int = 0
    run: str = ""
    at: datetime | None = None
    version: str = ""
    superseded: str = ""


def cells_of(row: Standing, pillars: Iterable[str], now: datetime | None = None) -> dict[str, Cell]:
    """Pillar → cell. Evidence that holds no longer is stale and grey, whatever it said: each pillar is
    judged by its own run, by its time and by what that run was about."""
    moment = now or timezone.now()
    found = {}
    for pillar in pillars:
        facts = row.pillars.get(pillar)
        if facts is None:
            found[pillar] = Cell("", "")
            continue
        # Measured without any limit is descriptive; only what was not measured at all is skipped.
        outcome = facts["outcome"] or ("descriptive" if facts["measured"] else "skipped")
        until = _holds_until(row, facts)
        found[pillar] = Cell(
            "stale" if until is None or until <= moment else outcome, outcome,
            facts["measured"], facts["planned"], facts["run"], datetime.fromisoformat(facts["at"]),
            facts.get("version", ""), facts.get("superseded", ""),
        )  # fmt: skip
    return found


def _holds_until(row: Standing, facts: Mapping[str, Any]) -> datetime | None:
    """A row from before pillars were dated one by one holds as long as its service's last run."""
    if "fresh_until" not in facts:
        return row.fresh_until
    until = facts["fresh_until"]
    return datetime.fromisoformat(until) if until else None


@dataclass(frozen=True, slots=True)
class UnitPosition:
    """One business unit: its services against its appetite."""

    unit: BusinessUnit
    appetite: Appetite | None
    services: int
    breaches: int
    highest: float | None
    critical: int
    stale: int


def unit_positions(user: object) -> list[UnitPosition]:
    """Every unit that this person may see with its worst figures; three queries."""
    units = list(visible(BusinessUnit.objects.all(), user, "risk.view").order_by("name"))
    rows = standings(user).order_by().values("service__unit").annotate(
        services=Count("pk"),
        breaches=Count("pk", filter=Q(in_breach=True)),
        highest=Max("score"),
        grave=Count("pk", filter=Q(critical__gt=0)),
        old=Count("pk", filter=~Q(fresh_until__gt=timezone.now()) | Q(fresh_until=None)),
    )  # fmt: skip
    by_unit = {row["service__unit"]: row for row in rows}
    appetites = appetites_in_force([unit.pk for unit in units])
    return [_position(unit, by_unit.get(unit.pk), appetites.get(unit.pk)) for unit in units]


def _position(
    unit: BusinessUnit, row: Mapping[str, Any] | None, appetite: Appetite | None
) -> UnitPosition:
    if row is None:
        return UnitPosition(unit, appetite, 0, 0, None, 0, 0)
    return UnitPosition(
        unit, appetite, row["services"], row["breaches"], row["highest"], row["grave"], row["old"]
    )


def breaching(user: object) -> QuerySet[Standing]:
    """Services outside the appetite of their unit, the highest score first: for the home page."""
    return standings(user).filter(in_breach=True).order_by("-score")


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason of a score in words, with where to look."""

    text: str
    points: float
    url: str
    code: str


def reason_lines(row: Standing) -> list[ReasonLine]:
    """The reasons of a service's score, most points first."""
    return [
        ReasonLine(_words(each, row), each["points"], _where(each["code"], row), each["code"])
        for each in row.score_reasons
    ]


SUPERSEDED_WORDS: Final = {
    NEWER_VERSION: lambda: _("The newest version has not been assessed"),
    OTHER_DATA: lambda: _("The evidence is about data that the version no longer names"),
    OTHER_MANIFEST: lambda: _("The manifest of the version has changed since it was assessed"),
}


def _words(reason: dict[str, Any], row: Standing) -> str:
    code, amount = reason["code"], reason["amount"]
    kind, _dot, severity = code.partition(".")
    if severity:
        count, word = int(amount), str(SeverityChoice(severity).label).lower()
        said = {"count": count, "severity": word}
        if kind == "overdue":
            text = ngettext("%(count)s %(severity)s finding past its due date",
                            "%(count)s %(severity)s findings past their due date", count)  # fmt: skip
        elif kind == "accepted":
            text = ngettext("%(count)s %(severity)s finding accepted for a time",
                            "%(count)s %(severity)s findings accepted for a time", count)  # fmt: skip
        else:
            text = ngettext("%(count)s %(severity)s finding open, not overdue",
                            "%(count)s %(severity)s findings open, not overdue", count)  # fmt: skip
        return text % said
    if code == "unknown":
        return _("%(share)s of the checks that are asked for gave no answer") % {
            "share": f"{amount:.0%}"
        }
    if code == "superseded":
        return SUPERSEDED_WORDS.get(row.superseded, SUPERSEDED_WORDS[NEWER_VERSION])()
    if amount < 0:
        return _("Never assessed")
    days = int(amount)
    return ngettext("The evidence is %(days)s day old", "The evidence is %(days)s days old", days) % {
        "days": days
    }  # fmt: skip


def _where(code: str, row: Standing) -> str:
    service = row.service
    kind, _dot, severity = code.partition(".")
    if severity:
        more = {
            "overdue": "clock=overdue",
            "accepted": "state=accepted&show=all",
            "open": "clock=not_overdue",
        }[kind]
        return f"{reverse('finding-list')}?service={service.slug}&severity={severity}&{more}"
    if code == "unknown" and row.last_run_id is not None:
        return reverse("run-detail", args=[row.last_run_id])
    return service.get_absolute_url()


LIMIT_WORDS: Final = {
    "max_score": lambda: _("Highest score"),
    "max_critical": lambda: _("Critical findings"),
    "max_high": lambda: _("High findings"),
    "min_coverage": lambda: _("Coverage"),
    "max_age_days": lambda: _("Age of evidence"),
}


def limit_text(name: str, value: float | None) -> str:
    """One limit, or what is held to it, as people write it."""
    if value is None:
        return "–"
    if name == "min_coverage":
        return f"{value:.0%}"
    if name == "max_age_days":
        return ngettext("%(days)s day", "%(days)s days", int(value)) % {"days": int(value)}
    return f"{value:.1f}" if name == "max_score" else f"{int(value):,}"


def breach_lines(row: Standing) -> list[tuple[str, str, str]]:
    """(limit, where the service stands, what the unit bears) of every breach."""
    return [
        (
            LIMIT_WORDS[each["limit"]](),
            limit_text(each["limit"], each["value"]),
            limit_text(each["limit"], each["allowed"]),
        )
        for each in row.breaches
    ]


def service_standing(service: Service) -> Standing | None:
    """The standing of one service, with service and unit."""
    return Standing.objects.select_related("service__unit").filter(service=service).first()
