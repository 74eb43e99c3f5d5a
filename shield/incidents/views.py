"""The pages of incidents. Reading is here; every change is a call of a service."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import FormView, TemplateView

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import may, visible
from shield.common.api_etags import row_version
from shield.common.errors import NotPermitted, ShieldError
from shield.common.listing import ListPage
from shield.common.refusals import form_refused, form_status, renewed
from shield.incidents.choices import Harm, IncidentState, Notification
from shield.incidents.deadlines import deadlines_for, same_minute
from shield.incidents.filters import SHOW, IncidentFilter
from shield.incidents.forms import ChangeForm, CommentForm, MoveForm, ReportForm
from shield.incidents.models import Incident
from shield.incidents.selectors import incidents_all, incidents_visible
from shield.incidents.services import (
    FACTS,
    MANAGE,
    REPORT,
    incident_change,
    incident_comment,
    incident_move,
    incident_report,
)
from shield.incidents.tables import IncidentTable
from shield.incidents.transitions import Move, moves
from shield.registry.models import Service
from shield.registry.selectors import deployed_at

VIEW = "incident.view"


class IncidentList(PermissionRequired, ListPage[Incident]):
    """Incidents; without a choice of state, those that ask for work."""

    act = VIEW
    model = Incident
    table_class = IncidentTable
    filterset_class = IncidentFilter
    template_name = "incidents/incident_list.html"
    title = gettext_lazy("Incidents")
    export_name = "incidents"
    export_columns = (
        "id", "title", "service", "severity", "state", "environment", "version", "noticed_at",
        "started_at", "ended_at", "harm", "people_harmed", "notification", "notify_by",
        "notified_at", "root_cause", "corrective_actions", "lessons",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Incident]:
        return incidents_visible(self.request.user)

    def get_filterset_kwargs(self, filterset_class: type[IncidentFilter]) -> dict[str, Any]:
        """Unless the address says which states to show, show the open ones."""
        kwargs = super().get_filterset_kwargs(filterset_class)
        data = self.request.GET.copy()
        if not data.get("show"):
            data["show"] = "all" if data.get("state") or data.get("q") else "active"
        return kwargs | {"data": data}

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The list plus its tabs with their counts; the tab is not a chip."""
        context = super().get_context_data(**kwargs)
        open_ = Q(state__in=IncidentState.active())
        seen = visible(Incident.objects.all(), self.request.user, VIEW)
        totals = seen.aggregate(all=Count("pk"), active=Count("pk", filter=open_))
        totals["closed"] = totals["all"] - totals["active"]
        shown = context["filter"].data["show"]
        return context | {
            "chips": [chip for chip in context["chips"] if chip.label != str(_("Show"))],
            "tabs": [(key, label, totals[key], key == shown) for key, label in SHOW],
            "is_filtered": any(key not in {"show", "sort", "page"} for key in self.request.GET)
            or bool(totals["all"]),
        }

    def export_row(self, item: Incident) -> dict[str, object]:
        plain = ("title", "severity", "state", "environment", "harm", "people_harmed",
                 "notification", "root_cause", "corrective_actions", "lessons")  # fmt: skip
        moments = ("noticed_at", "started_at", "ended_at", "notify_by", "notified_at")
        return (
            {
                "id": item.label,
                "service": item.service.slug,
                "version": item.version.label if item.version else None,
            }
            | {name: getattr(item, name) for name in plain}
            | {
                name: moment.isoformat() if (moment := getattr(item, name)) else None
                for name in moments
            }
        )


class IncidentPage(PermissionRequired, TemplateView):
    """One incident: state and clock on top, facts in the middle, timeline at the side."""

    act = VIEW
    template_name = "incidents/incident_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The incident and the forms that this person may send."""
        user = self.request.user
        incident = get_visible_or_404(incidents_all(), user, VIEW, pk=self.kwargs["pk"])
        manages = may(user, MANAGE, incident)
        linked = visible(incident.findings.select_related("service"), user, "finding.view")
        return super().get_context_data(**kwargs) | {
            "incident": incident,
            "findings": list(linked.order_by("pk")),
            "timeline": list(incident.timeline.order_by("-pk")),
            "deadlines": [(rule, rule.by(incident.noticed_at)) for rule in _hints(incident)],
            "now": timezone.now(),
            "manages": manages,
            "moves": [(move, MOVES[move]) for move in moves(incident.state)] if manages else [],
            "move_form": MoveForm(),
            "comments": may(user, REPORT, incident),
            "seen": row_version(incident),
            "learned": bool(incident.root_cause and incident.lessons),
            "undecided": incident.harm != Harm.NONE
            and incident.notification == Notification.UNKNOWN,
        }


MOVES = {
    Move.INVESTIGATE: gettext_lazy("Begin to investigate"),
    Move.CONTAIN: gettext_lazy("It is contained"),
    Move.CLOSE: gettext_lazy("Close it"),
    Move.REOPEN: gettext_lazy("Open it again"),
}


def _hints(incident: Incident) -> list[Any]:
    return deadlines_for(incident.harm)


class IncidentReport(PermissionRequired, FormView):
    """Report an incident of a service; what served there then is filled in."""

    act = REPORT
    template_name = "incidents/incident_report.html"
    form_class = ReportForm
    http_method_names = ["get", "post", "head", "options"]

    @property
    def service(self) -> Service:
        """The service in the address, if the person may see it."""
        rows = Service.objects.select_related("unit")
        found = get_visible_or_404(
            rows, self.request.user, "service.view", slug=self.kwargs["slug"]
        )
        require(self.request.user, REPORT, found)
        return found

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"service": self.service}

    def get_initial(self) -> dict[str, Any]:
        """Now, production, and the finding that one came from."""
        finding = self.request.GET.get("finding", "")
        return {
            "noticed_at": timezone.now().replace(second=0, microsecond=0),
            "findings": [finding] if finding.isdigit() and len(finding) < 18 else [],
        }

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """With what serves in production now."""
        service = self.service
        serving = deployed_at(service, "production", timezone.now())
        return super().get_context_data(**kwargs) | {"service": service, "serving": serving}

    def form_valid(self, form: ReportForm) -> HttpResponse:
        """Record it; what the service refuses is said beside the form."""
        try:
            incident = incident_report(
                service=self.service, actor=cast(User, self.request.user), **form.cleaned_data
            )
        except ShieldError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("%(label)s is recorded.") % {"label": incident.label})
        return redirect(incident)


class IncidentChange(PermissionRequired, FormView):
    """Change the facts of an incident."""

    act = MANAGE
    template_name = "incidents/incident_change.html"
    form_class = ChangeForm
    http_method_names = ["get", "post", "head", "options"]

    @property
    def incident(self) -> Incident:
        """The incident in the address, if the person may change it."""
        found = get_visible_or_404(incidents_all(), self.request.user, VIEW, pk=self.kwargs["pk"])
        require(self.request.user, MANAGE, found)
        return found

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {
            "incident": self.incident,
            "user": self.request.user,
        }

    def get_initial(self) -> dict[str, Any]:
        """The facts as they are, and which row they were read from."""
        incident = self.incident
        return {name: getattr(incident, name) for name in FACTS} | {
            "findings": list(incident.findings.values_list("pk", flat=True)),
            "seen": row_version(incident),
        }

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """With the deadlines that may hold."""
        incident = self.incident
        return super().get_context_data(**kwargs) | {
            "incident": incident,
            "deadlines": [(rule, rule.by(incident.noticed_at)) for rule in _hints(incident)],
        }

    def form_valid(self, form: ChangeForm) -> HttpResponse:
        """Change it; a second writer is told who was first."""
        data = form.cleaned_data
        try:
            incident = incident_change(
                incident=self.incident,
                changes=_changes(self.incident, data),
                findings=data["findings"],
                reason=data["reason"],
                seen=data["seen"],
                actor=cast(User, self.request.user),
            )
        except NotPermitted:
            raise
        except ShieldError as error:
            form.add_error(None, str(error))
            renewed(form, {"seen": row_version(self.incident)})  # sent again, it is about that
            context = self.get_context_data(form=form)
            return self.render_to_response(context, status=form_status(error))
        messages.success(self.request, _("%(label)s is changed.") % {"label": incident.label})
        return redirect(incident)


def _changes(incident: Incident, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the form asks for; a moment whose minute is the same was not touched and keeps its seconds."""
    found = {name: data[name] for name in FACTS}
    for name, value in list(found.items()):
        old = getattr(incident, name)
        if isinstance(old, datetime) and same_minute(old, value):
            found[name] = old
    return found


class IncidentMove(PermissionRequired, View):
    """Take an incident to its next state."""

    act = MANAGE

    def post(self, request: HttpRequest, pk: int, move: str) -> HttpResponse:
        """With a reason from the list and a comment."""
        incident = get_visible_or_404(incidents_all(), request.user, VIEW, pk=pk)
        require(request.user, self.act, incident)
        form = MoveForm(request.POST)
        if form.is_valid() and move in list(Move):
            words = dict(form.fields["reason"].choices)[form.cleaned_data["reason"]]  # type: ignore[attr-defined]
            try:
                moved = incident_move(
                    incident=incident,
                    move=Move(move),
                    reason=f"{words}: {form.cleaned_data['comment']}",
                    seen=form.cleaned_data["seen"],
                    actor=cast(User, request.user),
                )
            except ShieldError as error:
                now = incidents_all().get(pk=pk)
                back, fresh = now.get_absolute_url(), {"seen": row_version(now)}
                return form_refused(request, form, row=now, back=back, error=error, fresh=fresh)
            state = moved.get_state_display()
            messages.success(
                request, _("%(label)s: %(state)s.") % {"label": moved.label, "state": state}
            )
        else:
            problems = [str(error) for errors in form.errors.values() for error in errors]
            messages.error(request, " ".join(problems) or _("There is no such step."))
        return redirect(incident)


class IncidentComment(PermissionRequired, View):
    """Add to the timeline."""

    act = REPORT

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say it."""
        incident = get_visible_or_404(incidents_all(), request.user, VIEW, pk=pk)
        require(request.user, self.act, incident)
        form = CommentForm(request.POST)
        if form.is_valid():
            incident_comment(
                incident=incident, text=form.cleaned_data["text"], actor=cast(User, request.user)
            )
            messages.success(request, _("Your comment is on the timeline."))
        else:
            problems = [str(error) for errors in form.errors.values() for error in errors]
            messages.error(request, " ".join(problems))
        return redirect(incident)
