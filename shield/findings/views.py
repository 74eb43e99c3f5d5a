"""The pages of findings. Reading is here; every change is a call of a service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import TemplateView

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import may, visible
from shield.common.listing import ListPage
from shield.findings.choices import FindingState
from shield.findings.filters import SHOW, FindingFilter
from shield.findings.forms import AssignForm, CommentForm, StartForm
from shield.findings.history import finding_history, finding_timeline
from shield.findings.models import Finding
from shield.findings.services import finding_assign, finding_comment, finding_start
from shield.findings.tables import FindingTable, gravest_first
from shield.findings.transitions import Move, target
from shield.records.models import MeasurementRecord


class FindingList(PermissionRequired, ListPage[Finding]):
    """All findings; without a choice of state, those that ask for work."""

    act = "finding.view"
    model = Finding
    table_class = FindingTable
    filterset_class = FindingFilter
    template_name = "findings/finding_list.html"
    title = _("Findings")
    export_name = "findings"
    export_columns = (
        "id", "title", "service", "severity", "state", "owner", "check", "slice", "value", "low",
        "high", "opened_at", "due_at",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Finding]:
        rows = Finding.objects.select_related("service", "assignee")
        return gravest_first(visible(rows, self.request.user, "finding.view"))

    def get_filterset_kwargs(self, filterset_class: type[FindingFilter]) -> dict[str, Any]:
        """Unless the address says which states to show, show the active ones."""
        kwargs = super().get_filterset_kwargs(filterset_class)
        data = self.request.GET.copy()
        if not data.get("show"):
            data["show"] = "all" if data.get("state") or data.get("q") else "active"
        return kwargs | {"data": data}

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The list plus its tabs with their counts; the tab is not a chip."""
        context = super().get_context_data(**kwargs)
        active = Q(state__in=FindingState.active())
        seen = visible(Finding.objects.all(), self.request.user, "finding.view")
        totals = seen.aggregate(all=Count("pk"), active=Count("pk", filter=active))
        totals["done"] = totals["all"] - totals["active"]
        shown = context["filter"].data["show"]
        return context | {
            "chips": [chip for chip in context["chips"] if chip.label != str(_("Show"))],
            "tabs": [(key, label, totals[key], key == shown) for key, label in SHOW],
            "is_filtered": any(key not in {"show", "sort", "page"} for key in self.request.GET)
            or bool(totals["all"]),
        }

    def export_items(self, queryset: QuerySet[Finding]) -> Iterable[Finding]:
        return queryset.select_related("measurement").iterator(chunk_size=500)

    def export_row(self, item: Finding) -> dict[str, object]:
        return {
            "id": item.label,
            "title": item.title,
            "service": item.service.slug,
            "severity": item.severity,
            "state": item.state,
            "owner": item.assignee.get_username() if item.assignee else None,
            "check": item.check_id,
            "slice": " · ".join(f"{column} = {group}" for column, group in item.slice.items()),
            "value": item.measurement.value,
            "low": item.measurement.low,
            "high": item.measurement.high,
            "opened_at": item.opened_at.isoformat(),
            "due_at": item.due_at.isoformat(),
        }


class FindingPage(PermissionRequired, TemplateView):
    """One finding: state and clock on top, evidence in the middle, timeline at the side."""

    act = "finding.view"
    template_name = "findings/finding_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The finding, the latest evidence, its history, and the forms that this user may send."""
        related = (
            "service",
            "assignee",
            "first_run__version",
            "last_run__version",
            "proof__version",
        )
        finding = get_visible_or_404(
            Finding.objects.select_related(*related, "measurement__check_record__run__version"),
            self.request.user,
            "finding.view",
            pk=self.kwargs["pk"],
        )
        history = finding_history(finding)
        evidence = finding.measurement
        works = may(self.request.user, "finding.work", finding)
        return super().get_context_data(**kwargs) | {
            "finding": finding,
            "evidence": evidence,
            "peers": _peers(evidence),
            "history": history,
            "timeline": finding_timeline(finding),
            "comment_form": CommentForm() if works else None,
            "assign_form": AssignForm(initial={"assignee": finding.assignee_id}) if works else None,
            "start_form": StartForm()
            if works and target(finding.state, Move.START) is not None
            else None,
        }


def _peers(evidence: MeasurementRecord) -> list[MeasurementRecord]:
    """The measurements that stand beside the failed one: same check, same columns."""
    columns = set(evidence.slice)
    rows = MeasurementRecord.objects.filter(check_record=evidence.check_record)
    return [row for row in rows if set(row.slice) == columns]


class FindingAct(PermissionRequired, View):
    """A form of the finding's page: valid input goes to a service, then back to the page."""

    act = "finding.work"
    form_class: type[Form]
    done: str | Promise = ""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it, say so, and show the finding again."""
        rows = Finding.objects.select_related("service")
        finding = get_visible_or_404(rows, request.user, "finding.view", pk=pk)
        require(request.user, self.act, finding)
        form = self.form_class(request.POST)
        if form.is_valid():
            self.apply(finding, form.cleaned_data, cast(User, request.user).get_username())
            messages.success(request, str(self.done))
        else:
            problems = [error for errors in form.errors.values() for error in errors]
            messages.error(request, " ".join(map(str, problems)))
        return redirect(finding)

    def apply(self, finding: Finding, data: dict[str, Any], actor: str) -> None:
        """Call the service."""
        raise NotImplementedError


class FindingComment(FindingAct):
    """Add a comment."""

    form_class = CommentForm
    done = _("Your comment is on the timeline.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: str) -> None:
        finding_comment(finding=finding, text=data["text"], actor=actor)


class FindingAssign(FindingAct):
    """Make somebody, or nobody, responsible."""

    form_class = AssignForm
    done = _("The owner is recorded.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: str) -> None:
        finding_assign(finding=finding, assignee=data["assignee"], actor=actor)


class FindingStart(FindingAct):
    """Begin to work on it."""

    form_class = StartForm
    done = _("Work on this finding has started.")

    def apply(self, finding: Finding, data: dict[str, Any], actor: str) -> None:
        finding_start(finding=finding, actor=actor, note=data["note"])
