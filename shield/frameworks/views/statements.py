"""Signing, reading and withdrawing statements."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import FormView, TemplateView

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import EVERYWHERE, may
from shield.common.listing import ListPage
from shield.frameworks.catalogue import Framework, Requirement
from shield.frameworks.choices import Scope
from shield.frameworks.filters import StatementFilter
from shield.frameworks.forms import StatementForm, WithdrawForm
from shield.frameworks.models import Statement
from shield.frameworks.selectors import statement_versions, statements_seen
from shield.frameworks.services import ACT, statement_sign, statement_withdraw
from shield.frameworks.tables import StatementTable
from shield.frameworks.views.coverage import framework_or_404
from shield.registry.models import Service


def scopes(user: object, service: Service) -> list[Scope]:
    """What the person may sign for, starting from a service."""
    of = {Scope.SERVICE: service, Scope.UNIT: service.unit, Scope.ORGANISATION: EVERYWHERE}
    return [scope for scope, thing in of.items() if may(user, ACT, thing)]


class StatementSign(PermissionRequired, FormView):
    """A form for one requirement of one service; the same text may speak for more services."""

    act = ACT
    template_name = "frameworks/statement_sign.html"
    form_class = StatementForm
    http_method_names = ["get", "post", "head", "options"]
    service: Service
    framework: Framework
    requirement: Requirement

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """The service must be visible, the requirement one that people answer."""
        require(request.user, self.act)
        if (request.method or "").lower() not in self.http_method_names:
            return self.http_method_not_allowed(request)
        self.framework = framework_or_404(str(kwargs["framework"]))
        requirement = self.framework.by_slug.get(str(kwargs["requirement"]))
        if requirement is None or not requirement.statement:
            raise Http404
        self.requirement = requirement
        rows = Service.objects.select_related("unit")
        self.service = get_visible_or_404(rows, request.user, "framework.view", slug=kwargs["slug"])
        require(request.user, self.act, self.service)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"scopes": scopes(self.request.user, self.service)}

    def get_initial(self) -> dict[str, Any]:
        """The text of the version before, and the scope that fits the requirement."""
        latest = self._versions().first()
        allowed = scopes(self.request.user, self.service)
        wide = self.requirement.organisation and Scope.ORGANISATION in allowed
        scope = latest.scope if latest and latest.scope in allowed else None
        return {
            "text": latest.text if latest else "",
            "scope": scope or (Scope.ORGANISATION if wide else Scope.SERVICE),
            "days": 365,
        }

    def _versions(self) -> QuerySet[Statement]:
        rows = statements_seen(self.request.user).filter(
            framework=self.framework.id, requirement=self.requirement.id
        )
        own = rows.filter(service=self.service)
        wide = rows.filter(service=None, unit__in=[self.service.unit_id])
        return (own | wide | rows.filter(service=None, unit=None)).order_by("-signed_at")

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """What is asked, and what was signed before."""
        return super().get_context_data(**kwargs) | {
            "service": self.service,
            "framework": self.framework,
            "requirement": self.requirement,
            "versions": list(self._versions()[:20]),
        }

    def form_valid(self, form: StatementForm) -> HttpResponse:
        """Sign, and back to what is missing."""
        data = form.cleaned_data
        statement_sign(
            framework=self.framework.id,
            requirement=self.requirement.id,
            text=data["text"],
            days=data["days"],
            actor=cast(User, self.request.user),
            service=self.service if data["scope"] == Scope.SERVICE else None,
            unit=self.service.unit if data["scope"] == Scope.UNIT else None,
        )
        messages.success(
            self.request,
            _("%(requirement)s: your statement is signed.") % {"requirement": self.requirement.id},
        )
        return redirect("service-framework", self.service.slug, self.framework.id)


class StatementList(PermissionRequired, ListPage[Statement]):
    """Everything that was signed, with when it expires."""

    act = "framework.view"
    model = Statement
    table_class = StatementTable
    filterset_class = StatementFilter
    template_name = "frameworks/statement_list.html"
    title = gettext_lazy("Statements")
    export_name = "statements"
    export_columns = (
        "id", "framework", "requirement", "scope", "service", "unit", "version", "state", "text",
        "text_sha256", "signed_by", "role", "signed_at", "expires_at", "event",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Statement]:
        return statements_seen(self.request.user)

    def export_row(self, item: Statement) -> dict[str, object]:
        return {
            "id": item.pk,
            "framework": item.framework,
            "requirement": item.requirement,
            "scope": item.scope.value,
            "service": item.service.slug if item.service else None,
            "unit": item.unit.slug if item.unit else None,
            "version": item.version,
            "state": item.state,
            "text": item.text,
            "text_sha256": item.text_sha256,
            "signed_by": item.signer_name,
            "role": item.signer_role,
            "signed_at": item.signed_at.isoformat(),
            "expires_at": item.expires_at.isoformat(),
            "event": item.event,
        }


class StatementPage(PermissionRequired, TemplateView):
    """One statement: its text, its signature, its versions, and the form that withdraws it."""

    act = "framework.view"
    template_name = "frameworks/statement_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The statement and what it belongs to."""
        found = get_object_or_404(statements_seen(self.request.user), pk=self.kwargs["pk"])
        framework = framework_or_404(found.framework)
        alive = found.state in ("current", "expired")
        about = found.service or found.unit or EVERYWHERE
        return super().get_context_data(**kwargs) | {
            "statement": found,
            "framework": framework,
            "requirement": framework.by_id.get(found.requirement),
            "versions": list(statement_versions(found)),
            "withdraw_form": WithdrawForm()
            if alive and may(self.request.user, ACT, about)
            else None,
        }


class StatementWithdraw(PermissionRequired, View):
    """Take a statement back."""

    act = ACT

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """With a reason from the list and a comment."""
        found = get_object_or_404(statements_seen(request.user), pk=pk)
        require(request.user, self.act, found.service or found.unit or EVERYWHERE)
        form = WithdrawForm(request.POST)
        if form.is_valid():
            words = dict(WithdrawForm.REASONS)[form.cleaned_data["reason"]]
            reason = f"{words}: {form.cleaned_data['comment']}"
            statement_withdraw(statement=found, reason=reason, actor=cast(User, request.user))
            messages.success(request, _("The statement is withdrawn."))
        else:
            problems = [str(error) for errors in form.errors.values() for error in errors]
            messages.error(request, " ".join(problems))
        return redirect(found)
