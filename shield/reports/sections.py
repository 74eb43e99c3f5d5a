"""The sections of a report and their registry.

A section is a class with an identifier, a title and a `render`; rooms above this one add theirs in
their `AppConfig.ready()`. The order of the registry is the order in the document.
"""

from __future__ import annotations

from typing import ClassVar

from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from shield.reports.report import Report


class Section:
    """One part of a report. Subclasses set the three names and, where needed, `applies`."""

    identifier: ClassVar[str]
    title: ClassVar[str | Promise]
    template: ClassVar[str] = ""

    def applies(self, report: Report) -> bool:
        """False leaves the section out."""
        return True

    def render(self, report: Report) -> SafeString:
        """The section's HTML without its heading."""
        name = self.template or f"reports/sections/{self.identifier}.html"
        return SafeString(render_to_string(name, {"report": report, "run": report.run}))


class Summary(Section):
    identifier = "summary"
    title = _("Summary")


class Findings(Section):
    identifier = "findings"
    title = _("Findings")


class Verdicts(Section):
    identifier = "verdicts"
    title = _("Verdicts, check by check")

    def applies(self, report: Report) -> bool:
        """Only where a policy judges something."""
        return bool(report.judged)


class Undecided(Section):
    identifier = "undecided"
    title = _("Not decided, and what would decide it")

    def applies(self, report: Report) -> bool:
        """Only where something is open."""
        return bool(report.undecided or report.unmeasured or report.gaps)


class Descriptive(Section):
    identifier = "descriptive"
    title = _("Numbers without a limit")

    def applies(self, report: Report) -> bool:
        """Only where there are such numbers."""
        return bool(report.descriptive)


class Definitions(Section):
    identifier = "definitions"
    title = _("What the checks mean")


class Reproducibility(Section):
    identifier = "reproducibility"
    title = _("How to get the same numbers")


class Sections:
    """The registry: identifiers are unique."""

    def __init__(self) -> None:
        self._sections: dict[str, Section] = {}

    def add(self, section: type[Section]) -> None:
        """Append a section; ValueError when its identifier is taken."""
        if section.identifier in self._sections:
            raise ValueError(f"report section {section.identifier} is registered twice")
        self._sections[section.identifier] = section()

    def of(self, report: Report) -> list[tuple[Section, SafeString]]:
        """The sections that apply, rendered, in order."""
        chosen = [each for each in self._sections.values() if each.applies(report)]
        return [(section, section.render(report)) for section in chosen]


SECTIONS = Sections()
for _section in (
    Summary,
    Findings,
    Verdicts,
    Undecided,
    Descriptive,
    Definitions,
    Reproducibility,
):
    SECTIONS.add(_section)
