"""The page that answers "what was in production when?"."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tables2 import Table

from shield.accounts.pages import PermissionRequired
from shield.common.columns import template_column
from shield.common.filters import AnyOf, search_filter
from shield.common.listing import ListPage
from shield.registry.choices import Environment
from shield.registry.models import Deployment
from shield.web.moment import Serving, serving_at, with_evidence


class MomentForm(forms.Form):
    """The moment, in UTC."""

    at = forms.DateTimeField(required=False)


class ServingFilter(django_filters.FilterSet):
    """By text and environment; the moment is in the address as `at`."""

    q = search_filter("service__name", "service__slug", "version__label")
    environment = AnyOf(choices=Environment, label=_("Environment"))

    class Meta:
        model = Deployment
        fields: list[str] = []


class ServingTable(tables.Table):
    """One row a version that served."""

    service = template_column(
        "<a class='row-title' href='{{ record.service.get_absolute_url }}'><bdi>{{ record.service.name }}</bdi></a>",
        label=_("Service"), order_by=("service__name",), css="cell-lead",
    )  # fmt: skip
    environment = template_column("{{ record.get_environment_display }}", label=_("Environment"))
    version = template_column(
        "<bdi>{{ record.version.label }}</bdi>", label=_("Version"), order_by=("version__label",)
    )
    started_at = template_column("{% when record.started_at 'date' %}", label=_("Since"))
    ended_at = template_column("{% when record.ended_at 'date' %}", label=_("Until"))
    evidence = template_column(
        "{% include 'web/cells/serving.html' %}", label=_("Evidence at that time"), orderable=False
    )

    class Meta:
        model = Deployment
        fields = ()
        empty_text = ""


class InProduction(PermissionRequired, ListPage[Deployment]):
    """Which version of which service served where at a moment, with its evidence as of then."""

    act = "service.view"
    model = Deployment
    table_class = ServingTable
    filterset_class = ServingFilter
    template_name = "web/in_production.html"
    title = _("What was in production")
    export_name = "in-production"
    export_columns = (
        "at", "service", "name", "environment", "version", "artefact_sha256", "started_at",
        "ended_at", "run", "outcome", "evidence_at",
    )  # fmt: skip

    @property
    def at(self) -> datetime:
        """The moment asked about; now where none, or no moment, is given."""
        form = MomentForm(self.request.GET)
        found = form.cleaned_data["at"] if form.is_valid() else None
        return found or timezone.now()

    def get_queryset(self) -> QuerySet[Deployment]:
        return serving_at(self.request.user, self.at)

    def get_table(self, **kwargs: object) -> Table:
        """The page's rows with their evidence: one query, whatever the page size."""
        table = super().get_table(**kwargs)
        rows = [row.record for row in table.page.object_list]
        for found in with_evidence(rows):
            found.deployment.evidence_run = found.run  # type: ignore[attr-defined]
        return table

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """With the moment, which the filters carry along."""
        at = self.at.replace(microsecond=0)
        context = super().get_context_data(**kwargs)
        kept = [*context["kept"], ("at", at.strftime("%Y-%m-%dT%H:%M:%S"))]
        asked = self.request.GET.get("at", "")
        return context | {"at": at, "kept": kept, "asked": bool(asked)}

    def export_items(self, queryset: QuerySet[Deployment]) -> Iterable[Deployment]:
        for found in with_evidence(queryset):
            found.deployment.evidence_run = found.run  # type: ignore[attr-defined]
            yield found.deployment

    def export_row(self, item: Deployment) -> dict[str, object]:
        return serving_facts(Serving(item, vars(item)["evidence_run"]), self.at)


def serving_facts(found: Serving, at: datetime) -> dict[str, object]:
    """One row of the answer, as files and the API have it."""
    item, run = found.deployment, found.run
    return {
        "at": at.isoformat(),
        "service": item.service.slug,
        "name": item.service.name,
        "environment": item.environment,
        "version": item.version.label,
        "artefact_sha256": item.version.artefact_sha256,
        "started_at": item.started_at.isoformat(),
        "ended_at": item.ended_at.isoformat() if item.ended_at else None,
        "run": str(run.pk) if run else None,
        "outcome": run.outcome if run else None,
        "evidence_at": run.finished_at.isoformat() if run and run.finished_at else None,
    }
