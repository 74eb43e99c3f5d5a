"""Many findings at once: choose, say why, see what was done and what was refused."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views import View

from shield.accounts.models import User
from shield.accounts.policy import may, visible
from shield.common.errors import InvalidInput
from shield.findings.bulk import ACTS, MOST, Bulk
from shield.findings.filters import FindingFilter
from shield.findings.forms import AssignForm
from shield.findings.forms_bulk import FORMS, LABELS, facts_of
from shield.findings.models import Finding
from shield.findings.services import findings_bulk
from shield.findings.tables import gravest_first
from shield.findings.transitions import TABLE, Move
from shield.findings.views.acts import MoveRequired
from shield.findings.views.listing import with_default_tab

SHOWN = 10
"""Findings named on the page that asks for the reason."""


class FindingBulk(MoveRequired, View):
    """First the form of the act, then (with `confirm`) the act and its report. Nothing is changed by
    the first step, and both take the same selection: ticked rows, or a filter's address."""

    moves: ClassVar[tuple[Move, ...]] = tuple(move for _plan, move in ACTS.values())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask, or do."""
        act = request.POST.get("act", "")
        if act not in ACTS or not self._may(act):
            raise InvalidInput(
                "bulk_act",
                str(_("Choose what to do with the findings.")),
                str(_("Go back to the list and choose one of the acts.")),
            )
        findings = self._selected()
        confirmed = "confirm" in request.POST
        form = FORMS[act](request.POST if confirmed else None, auto_id="bulk-%s")
        if isinstance(form, AssignForm):
            form.know(request.user)
        if confirmed and form.is_valid():
            return self._do(act, form, findings)
        return self._ask(act, form, findings)

    def _may(self, act: str) -> bool:
        _plan, move = ACTS[act]
        return any(may(self.request.user, each) for each in TABLE[move].acts)

    def _selected(self) -> Any:  # noqa: ANN401  (a QuerySet of findings)
        """What was ticked, or everything that the list's filter matches; only what one may see."""
        rows = Finding.objects.select_related("service", "assignee")
        rows = gravest_first(visible(rows, self.request.user, "finding.view"))
        if self.request.POST.get("scope") == "all":
            data = with_default_tab(QueryDict(self.request.POST.get("query", ""), mutable=True))
            filterset = FindingFilter(data, queryset=rows, request=self.request)
            return filterset.qs if filterset.is_valid() else rows.none()
        keys = [key for key in self.request.POST.getlist("finding")[: MOST + 1] if key.isdecimal()]
        return rows.filter(pk__in=[int(key) for key in keys if len(key) < 19])

    def _ask(self, act: str, form: Form, findings: Any) -> HttpResponse:  # noqa: ANN401
        total = findings.order_by().values("pk")[: MOST + 1].count()
        context = {
            "act": act,
            "label": LABELS[act],
            "form": form,
            "total": min(total, MOST),
            "too_many": total > MOST,
            "most": MOST,
            "some": list(findings[:SHOWN]),
            "keys": self.request.POST.getlist("finding"),
            "scope": self.request.POST.get("scope", ""),
            "query": self.request.POST.get("query", ""),
        }
        return render(self.request, "findings/bulk.html", context)

    def _do(self, act: str, form: Form, findings: Any) -> HttpResponse:  # noqa: ANN401
        result = findings_bulk(
            findings=findings,
            wanted=Bulk(act, facts_of(act, form)),
            actor=cast(User, self.request.user),
        )
        context = {
            "label": LABELS[act],
            "result": result,
            "query": self.request.POST.get("query", ""),
        }
        return render(self.request, "findings/bulk_done.html", context)
