"""The inventory: all services, and one service with everything that hangs on it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from django_tables2 import Table

from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.accounts.policy import visible
from shield.common.listing import ListPage
from shield.findings.choices import FindingState
from shield.findings.tables import gravest_first
from shield.records.selectors import runs_listed
from shield.registry.models import Service
from shield.web.filters import ServiceFilter
from shield.web.forms import DeploymentForm
from shield.web.selectors import (
    deployments_of,
    recent_runs,
    service_history,
    services_overview,
    severities_of,
)
from shield.web.tables import ServiceTable


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


class ServicePage(PermissionRequired, TemplateView):
    """One service."""

    act = "service.view"
    template_name = "web/service_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Facts, versions, deployments, data, runs, findings and history."""
        service = get_visible_or_404(
            services_overview(retired=True),
            self.request.user,
            "service.view",
            slug=self.kwargs["slug"],
        )
        versions = list(service.versions.defer("manifest")[:50])
        runs = list(runs_listed().filter(service=service).order_by("-queued_at")[:6])
        active = service.findings.filter(state__in=FindingState.active())
        return super().get_context_data(**kwargs) | {
            "service": service,
            "last_run": runs_listed().filter(pk=vars(service)["last_run_id"]).first(),
            "versions": versions,
            "deployments": deployments_of(service),
            "datasets": list(service.datasets.all()[:20]),
            "runs": runs,
            "strip": recent_runs([service], each=30).get(service.pk, []),
            "severities": severities_of(service),
            "findings": list(gravest_first(active.select_related("assignee"))[:8]),
            "history": service_history(service, versions=versions),
            "deployment_form": kwargs.get("deployment_form") or DeploymentForm(versions=versions),
        }
