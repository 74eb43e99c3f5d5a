"""Frameworks over all services, and one framework for one service."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from django_tables2 import Table

from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.common.exports import export_response
from shield.common.listing import ListPage
from shield.frameworks.catalogue import Framework, frameworks
from shield.frameworks.choices import MEASURED_NAMES, STATED_NAMES
from shield.frameworks.coverage import Coverage, Line, Measured, Stated
from shield.frameworks.filters import CoverageFilter
from shield.frameworks.models import CoverageRow
from shield.frameworks.selectors import (
    Totals,
    coverage_rows,
    framework_totals,
    requirement_totals,
    rows_afresh,
    service_coverage,
)
from shield.frameworks.steps import gaps
from shield.frameworks.tables import CoverageTable
from shield.registry.models import Service


def framework_or_404(name: str) -> Framework:
    """The framework, or a page that says there is none."""
    found = frameworks().get(name)
    if found is None:
        raise Http404
    return found


class FrameworkList(PermissionRequired, TemplateView):
    """Every framework with its coverage over the services that declare it."""

    act = "framework.view"
    template_name = "frameworks/framework_list.html"

    def get(  # type: ignore[override]  # a file is streamed
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        """The page, or the same as a file."""
        kind = request.GET.get("export", "")
        if kind in {"csv", "json"}:
            rows = [_totals_row(item) for item in framework_totals(request.user)]
            return export_response(kind=kind, name="frameworks", columns=list(rows[0]), rows=rows)
        page: HttpResponseBase = super().get(request, *args, **kwargs)
        return page

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The totals."""
        return super().get_context_data(**kwargs) | {"totals": framework_totals(self.request.user)}


def _totals_row(item: Totals) -> dict[str, object]:
    return {
        "framework": item.framework.id,
        "title": item.framework.title,
        "proposed": item.framework.proposed,
        "services": item.services,
        **item.counts,
    }


class FrameworkPage(PermissionRequired, TemplateView):
    """One framework: each requirement, and how the services stand at it."""

    act = "framework.view"
    template_name = "frameworks/framework_detail.html"

    def get(  # type: ignore[override]  # a file is streamed
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        """The page, or the same as a file."""
        framework = framework_or_404(str(kwargs["framework"]))
        kind = request.GET.get("export", "")
        if kind in {"csv", "json"}:
            return self._export(framework, kind)
        page: HttpResponseBase = super().get(request, *args, **kwargs)
        return page

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Requirements under their groups."""
        framework = framework_or_404(str(kwargs["framework"]))
        totals = requirement_totals(self.request.user, framework)
        by_id = {item.requirement.id: item for item in totals}
        return super().get_context_data(**kwargs) | {
            "framework": framework,
            "groups": [
                (group, [by_id[item.id] for item in group.requirements])
                for group in framework.groups
            ],
            "services": sum(totals[0].measured.values()),
            "measured_states": [item for item in Measured if item is not Measured.NOT_ASKED],
            "stated_states": [item for item in Stated if item is not Stated.NOT_ASKED],
        }

    def _export(self, framework: Framework, kind: str) -> HttpResponseBase:
        rows = [
            {
                "requirement": item.requirement.id,
                "title": item.requirement.title,
                **{
                    f"measured_{name}": item.measured[state.value]
                    for state, name in MEASURED_NAMES.items()
                },
                **{
                    f"stated_{name}": item.stated[state.value]
                    for state, name in STATED_NAMES.items()
                },
            }
            for item in requirement_totals(self.request.user, framework)
        ]
        return export_response(kind=kind, name=framework.id, columns=list(rows[0]), rows=rows)


class FrameworkServices(PermissionRequired, ListPage[CoverageRow]):
    """The services that declare a framework, with what each of them covers."""

    act = "framework.view"
    model = CoverageRow
    table_class = CoverageTable
    filterset_class = CoverageFilter
    template_name = "frameworks/framework_services.html"
    export_columns = (
        "service", "name", "tier", "framework", "requirements", "holds", "fails", "inconclusive",
        "stale", "stated", "expired", "missing",
    )  # fmt: skip

    @property
    def framework(self) -> Framework:
        """The framework in the address."""
        return framework_or_404(str(self.kwargs["framework"]))

    @property
    def export_name(self) -> str:  # type: ignore[override]
        return f"{self.framework.id}-services"

    def get_queryset(self) -> QuerySet[CoverageRow]:
        return coverage_rows(self.request.user, self.framework.id)

    def get_filterset_kwargs(self, filterset_class: type[CoverageFilter]) -> dict[str, Any]:
        return super().get_filterset_kwargs(filterset_class) | {"framework": self.framework}

    def get_table(self, **kwargs: object) -> Table:
        """The page's rows, those that are due computed now."""
        table = super().get_table(**kwargs)
        rows_afresh([row.record for row in table.page.object_list])
        return table

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The title names the framework."""
        framework = self.framework
        title = _("Services under %(framework)s") % {"framework": framework.title}
        return super().get_context_data(**kwargs) | {"framework": framework, "title": title}

    def export_row(self, item: CoverageRow) -> dict[str, object]:
        return {
            "service": item.service.slug,
            "name": item.service.name,
            "tier": item.service.tier,
            "framework": item.framework,
            "requirements": item.total,
            "holds": item.holds,
            "fails": item.fails,
            "inconclusive": item.inconclusive,
            "stale": item.stale,
            "stated": item.signed,
            "expired": item.expired,
            "missing": item.gaps,
        }


class ServiceFrameworkPage(PermissionRequired, TemplateView):
    """What is missing for this framework, with the next step for each gap, and all requirements."""

    act = "framework.view"
    template_name = "frameworks/service_framework.html"

    def get(  # type: ignore[override]  # a file is streamed
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        """The page, or the same as a file."""
        kind = request.GET.get("export", "")
        if kind in {"csv", "json"}:
            service, found = self._found()
            rows = [coverage_line(line) for line in found.lines]
            name = f"{service.slug}-{found.framework.id}"
            return export_response(kind=kind, name=name, columns=list(rows[0]), rows=rows)
        page: HttpResponseBase = super().get(request, *args, **kwargs)
        return page

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Coverage from the facts as they are now."""
        service, found = self._found()
        lines = {line.requirement.id: line for line in found.lines}
        return super().get_context_data(**kwargs) | {
            "service": service,
            "framework": found.framework,
            "coverage": found,
            "counts": {
                "holds": found.count(Measured.HOLDS),
                "fails": found.count(Measured.FAILS),
                "inconclusive": found.count(Measured.INCONCLUSIVE),
                "stale": found.count(Measured.STALE),
                "asked_measured": len(found.lines) - found.count(Measured.NOT_ASKED),
                "signed": found.count(Stated.CURRENT),
                "expired": found.count(Stated.EXPIRED),
                "asked_stated": len(found.lines) - found.count(Stated.NOT_ASKED),
            },
            "gaps": gaps(found, service),
            "groups": [
                (group, [lines[item.id] for item in group.requirements])
                for group in found.framework.groups
            ],
            "declared": found.framework.id in service.frameworks,
            "newest": service.versions.order_by("-pk").first(),
        }

    def _found(self) -> tuple[Service, Coverage]:
        framework = framework_or_404(str(self.kwargs["framework"]))
        service = get_visible_or_404(
            Service.objects.select_related("unit"),
            self.request.user,
            self.act,
            slug=self.kwargs["slug"],
        )
        return service, service_coverage(service, framework)


def coverage_line(line: Line) -> dict[str, object]:
    """One requirement of one service as a row of a file."""
    statement = line.statement
    facts = [fact for part in line.parts for fact in part.facts]
    return {
        "requirement": line.requirement.id,
        "title": line.requirement.title,
        "measured": MEASURED_NAMES[line.measured],
        "checks": " ".join(sorted({fact.check for fact in facts})),
        "measured_at": min((fact.at.isoformat() for fact in facts), default=None),
        "stated": STATED_NAMES[line.stated],
        "statement": statement.text if statement else None,
        "signed_by": statement.signer if statement else None,
        "signed_at": statement.signed_at.isoformat() if statement else None,
        "expires_at": statement.expires_at.isoformat() if statement else None,
        "missing": line.missing,
    }
