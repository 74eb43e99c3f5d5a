"""Many findings at once: choose, say why, see what was done and what was refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    the first step: it says which findings it is about, each as it is then, and the second takes exactly
    these. What matches a filter only later is left alone; what was changed meanwhile is refused."""

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
        seen = _seen(request.POST.get("chosen", ""))
        confirmed = bool(seen) and "confirm" in request.POST
        form = FORMS[act](request.POST if confirmed else None, auto_id="bulk-%s")
        if isinstance(form, AssignForm):
            form.know(request.user)
        if confirmed and form.is_valid():
            return self._do(act, form, seen)
        return self._ask(act, form, self._of(seen) if confirmed else self._selected())

    def _may(self, act: str) -> bool:
        _plan, move = ACTS[act]
        return any(may(self.request.user, each) for each in TABLE[move].acts)

    def _rows(self) -> Any:  # noqa: ANN401  (a QuerySet of findings)
        rows = Finding.objects.select_related("service", "assignee")
        return gravest_first(visible(rows, self.request.user, "finding.view"))

    def _of(self, seen: Mapping[int, str]) -> Any:  # noqa: ANN401
        """The findings that the first step was about."""
        return self._rows().filter(pk__in=list(seen))

    def _selected(self) -> Any:  # noqa: ANN401
        """What was ticked, or everything that the list's filter matches; only what one may see."""
        rows = self._rows()
        if self.request.POST.get("scope") == "all":
            data = with_default_tab(QueryDict(self.request.POST.get("query", ""), mutable=True))
            filterset = FindingFilter(data, queryset=rows, request=self.request)
            return filterset.qs if filterset.is_valid() else rows.none()
        keys = [key for key in self.request.POST.getlist("finding")[: MOST + 1] if key.isdecimal()]
        return rows.filter(pk__in=[int(key) for key in keys if len(key) < 19])

    def _ask(self, act: str, form: Form, findings: Any) -> HttpResponse:  # noqa: ANN401
        found = list(findings.select_related(None).only("updated_at")[: MOST + 1])
        total = len(found)
        given = self.request.POST.get("chosen", "") if form.is_bound else ""
        context = {
            "act": act,
            "label": LABELS[act],
            "form": form,
            "total": min(total, MOST),
            "too_many": total > MOST,
            "most": MOST,
            "some": list(findings[:SHOWN]),
            "chosen": given or _token(found) if total <= MOST else "",
            "query": self.request.POST.get("query", ""),
        }
        return render(self.request, "findings/bulk.html", context)

    def _do(self, act: str, form: Form, seen: Mapping[int, str]) -> HttpResponse:
        result = findings_bulk(
            findings=self._of(seen),
            wanted=Bulk(act, facts_of(act, form), seen=seen),
            actor=cast(User, self.request.user),
        )
        context = {
            "label": LABELS[act],
            "result": result,
            "query": self.request.POST.get("query", ""),
        }
        return render(self.request, "findings/bulk_done.html", context)


def _token(findings: Iterable[Finding]) -> str:
    """Which findings the page is about and what it showed of them, in one field of its form."""
    return " ".join(f"{finding.pk}@{finding.seen_token}" for finding in findings)


def _seen(token: str) -> dict[int, str]:
    """The same again: number → state that was seen; what cannot be read names no finding."""
    pairs = (each.partition("@") for each in token.split()[: MOST + 1])
    return {int(key): seen for key, _, seen in pairs if key.isdecimal() and len(key) < 19}
