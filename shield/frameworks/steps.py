"""The next step for each gap: what to do, and where. Never only "missing"."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from shield.frameworks.coverage import Coverage, Line, Measured, Part, Stated
from shield.registry.models import Service

ASSESS = ".venv/bin/python manage.py assess shield.yaml"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `url` leads to a page or form; `command` is to be copied; both may be ""."""

    text: str
    label: str = ""
    url: str = ""
    command: str = ""
    assess: bool = False
    """True when assessing the newest version again is the step: a page offers it as a button."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A requirement that misses something, and how to get on."""

    line: Line
    steps: tuple[Step, ...]


def gaps(found: Coverage, service: Service) -> list[Gap]:
    """Every gap of a service with its steps, in the order of the framework."""
    return [Gap(line, tuple(steps(line, found, service))) for line in found.gaps]


def steps(line: Line, found: Coverage, service: Service) -> list[Step]:
    """What to do for one requirement: for each measurement that is missing, and for its statement."""
    todo = [_for_part(part, service) for part in line.parts if part.state is not Measured.HOLDS]
    if line.stated in (Stated.NOTHING, Stated.EXPIRED):
        again = line.stated is Stated.EXPIRED
        todo.append(
            Step(
                text=_("The statement has expired; read it again and sign a new version.")
                if again
                else line.requirement.statement,
                label=_("Sign again") if again else _("Sign a statement"),
                url=reverse(
                    "statement-sign", args=[service.slug, found.framework.id, line.requirement.slug]
                ),
            )
        )
    return todo


def _for_part(part: Part, service: Service) -> Step:
    checks = ", ".join(part.asked.checks)
    first = part.facts[0] if part.facts else None
    if part.state is Measured.FAILS:
        failing = next(fact for fact in part.facts if fact.outcome == "fail")
        query = urlencode({"service": service.slug, "q": failing.check, "show": "active"})
        return Step(
            text=_("%(check)s fails. Its findings say for whom and by how much.")
            % {"check": failing.title},
            label=_("Open the findings"),
            url=f"{reverse('finding-list')}?{query}",
        )
    if part.state is Measured.INCONCLUSIVE and first is not None:
        open_ = next((fact for fact in part.facts if fact.outcome == "inconclusive"), first)
        return Step(
            text=_("%(check)s is inconclusive: its page says how many rows would decide it.")
            % {"check": open_.title},
            label=_("Open the check"),
            url=reverse("run-check", args=[open_.run, open_.check]),
        )
    if part.state is Measured.STALE:
        return Step(
            text=_(
                "The values of %(checks)s are older than %(days)d days, or of another version or "
                "other data than the current ones."
            )
            % {"checks": checks, "days": part.asked.fresh_days},
            command=ASSESS,
            assess=True,
        )
    if part.state is Measured.NO_CHECK:
        return Step(
            text=_(
                "No check of this product measures %(checks)s yet. It becomes measurable when such "
                "a check is installed; until then it stays open here."
            )
            % {"checks": checks}
        )
    return Step(
        text=_("No value of %(checks)s answers this yet: ask for it in shield.yaml and assess.")
        % {"checks": checks},
        command=ASSESS,
        assess=True,
    )
