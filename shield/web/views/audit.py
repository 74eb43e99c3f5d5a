"""The audit trail: what happened, and whether it is still what was sealed."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from django_tables2 import Table

from shield.accounts.models import BusinessUnit
from shield.accounts.pages import PermissionRequired, get_visible_or_404
from shield.accounts.policy import visible
from shield.audit import selectors
from shield.audit.models import Event, Seal
from shield.common.listing import ListPage
from shield.web.audit_filters import EventFilter
from shield.web.audit_objects import differences, links
from shield.web.audit_tables import EventTable

VIEW = "history.view"


class AuditList(PermissionRequired, ListPage[Event]):
    """Every event that the person may see: of their units, or of the organisation."""

    act = VIEW
    model = Event
    table_class = EventTable
    filterset_class = EventFilter
    template_name = "audit/event_list.html"
    title = _("Audit trail")
    export_name = "audit"
    export_columns = (
        "id", "at", "actor", "act", "object_type", "object_id", "object_text", "before", "after",
        "reason", "request_id", "unit", "chain", "position", "digest",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Event]:
        """Newest first, with the position of each event's seal."""
        seal = Seal.objects.filter(event=OuterRef("pk"))
        return visible(Event.objects.all(), self.request.user, VIEW).annotate(
            position=Subquery(seal.values("position")[:1]),
            digest=Subquery(seal.values("digest")[:1]),
        )

    def get_table(self, **kwargs: object) -> Table:
        """The page of the table; each of its events knows the page of its object."""
        table = super().get_table(**kwargs)
        events = [row.record for row in table.page.object_list]
        addresses = links(events, self.request.user)
        for event in events:
            event.link = addresses.get(event.pk, "")
        return table

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The list, and in one line how the trail stands."""
        return super().get_context_data(**kwargs) | {"trail": selectors.trail_state()}

    def export_row(self, item: Event) -> dict[str, object]:
        return {
            **{name: getattr(item, name) for name in self.export_columns},
            "at": item.at.isoformat(),
            "before": _text(item.before),
            "after": _text(item.after),
        }


def _text(facts: object) -> str | None:
    return None if facts is None else json.dumps(facts, ensure_ascii=False, sort_keys=True)


class AuditDetail(PermissionRequired, TemplateView):
    """One event: who, when, why, what differs, and its place in the chain."""

    act = VIEW
    template_name = "audit/event_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The event with its differences, its seal and the head that signs it."""
        event = get_visible_or_404(
            Event.objects.all(), self.request.user, VIEW, pk=self.kwargs["pk"]
        )
        seal = Seal.objects.filter(event=event.pk).first()
        return super().get_context_data(**kwargs) | {
            "event": event,
            "link": links([event], self.request.user).get(event.pk, ""),
            "differences": differences(event),
            "unit": BusinessUnit.objects.filter(pk=event.unit).first() if event.unit else None,
            "seal": seal,
            "head": selectors.head_over(seal) if seal else None,
        }


class AuditIntegrity(PermissionRequired, TemplateView):
    """The chains, their signed ends, and what the last verification found."""

    act = VIEW
    template_name = "audit/integrity.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The state of the trail."""
        return super().get_context_data(**kwargs) | {"trail": selectors.trail_state()}
