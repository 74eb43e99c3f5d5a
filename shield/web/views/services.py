"""The inventory: all services, and one service with everything that hangs on it."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from django_tables2 import Table

from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.accounts.policy import may, visible
from shield.common.listing import ListPage
from shield.findings.choices import FindingState
from shield.findings.tables import gravest_first
from shield.records.selectors import runs_listed
from shield.registry.choices import Environment
from shield.registry.models import Service
from shield.web.filters import ServiceFilter
from shield.web.forms import DeploymentEndForm, DeploymentForm
from shield.web.selectors import (
    deployments_of,
    recent_runs,
    service_history,
    services_overview,
    severities_of,
)
from shield.web.tables import ServiceTable
from shield.web.views.owners import OwnerForm


class ServiceList(PermissionRequired, ListPage[Service]):
    """Services in use."""

    act = "service.view"
    model = Service
    table_class = ServiceTable
    filterset_class = ServiceFilter
    template_name = "web/service_list.html"
    title = gettext_lazy("Services")
    export_name = "services"
    export_columns = (
        "service", "name", "owner", "tier", "last_outcome", "evidence", "last_finished_at",
        "active_findings",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Service]:
        return visible(services_overview(), self.request.user, "service.view")

    def get_table(self, **kwargs: object) -> Table:
        """The page's rows with their counts and strips: one query, whatever the page size."""
        table = super().get_table(**kwargs)
        services = [row.record for row in table.page.object_list]
        strips = recent_runs(services)
        for service in services:
            service.severities = severities_of(service)
            service.strip = strips.get(service.pk, [])
        return table

    def export_row(self, item: Service) -> dict[str, object]:
        seen = vars(item)  # with what the selector has annotated
        finished = seen["last_finished_at"]
        return {
            "service": item.slug,
            "name": item.name,
            "owner": item.owner,
            "tier": item.tier,
            "last_outcome": seen["last_outcome"],
            "evidence": seen["freshness"],
            "last_finished_at": finished.isoformat() if finished else None,
            "active_findings": seen["active_findings"],
        }


OVERVIEW: Final = "overview"
PARTS: Final = {
    OVERVIEW: gettext_lazy("Overview"),
    "releases": gettext_lazy("Versions and data"),
    "history": gettext_lazy("History"),
    "settings": gettext_lazy("Settings"),
}
"""The parts of a service's page, as the address names them."""


class ServicePage(PermissionRequired, TemplateView):
    """One service, part by part."""

    act = "service.view"
    template_name = "web/service_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """What the chosen part shows; the address says which part that is."""
        service = get_visible_or_404(
            services_overview(retired=True).select_related("unit", "owner_user"),
            self.request.user,
            "service.view",
            slug=self.kwargs["slug"],
        )
        chosen = self.request.GET.get("tab", "")
        chosen = chosen if chosen in PARTS else OVERVIEW
        versions = list(service.versions.defer("manifest")[:50])
        facts = super().get_context_data(**kwargs) | {
            "service": service,
            "versions": versions,
            "tabs": [(key, label, key == chosen) for key, label in PARTS.items()],
            "tab_template": f"web/service/{chosen}.html",
        }
        if chosen == OVERVIEW:
            facts |= _overview(service)
        elif chosen == "releases":
            facts |= {
                "deployments": deployments_of(service),
                "datasets": list(service.datasets.all()[:20]),
                "deployment_form": DeploymentForm(versions=versions),
                "end_form": DeploymentEndForm(),
            }
        elif chosen == "history":
            facts["history"] = service_history(service, versions=versions)
        elif chosen == "settings":
            changes = may(self.request.user, "service.change", service) and not service.retired_at
            facts |= {
                "deputies": list(service.deputies.order_by("username")),
                "owner_form": OwnerForm(service=service, user=self.request.user)
                if changes
                else None,
            }
        return facts


def _overview(service: Service) -> dict[str, Any]:
    """Verdict, what is open, the latest runs, and what serves in production."""
    active = service.findings.filter(state__in=FindingState.active())
    serving = service.deployments.filter(environment=Environment.PRODUCTION, ended_at=None)
    return {
        "last_run": runs_listed().filter(pk=vars(service)["last_run_id"]).first(),
        "runs": list(runs_listed().filter(service=service).order_by("-queued_at")[:6]),
        "strip": recent_runs([service], each=30).get(service.pk, []),
        "severities": severities_of(service),
        "findings": list(gravest_first(active.select_related("assignee"))[:8]),
        "serving": list(serving.select_related("version").order_by("-started_at")),
    }
