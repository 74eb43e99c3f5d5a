"""What the forms of all proposals share: valid input goes to a service, then back to the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirectBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views import View

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.common.errors import ShieldError
from shield.common.refusals import form_refused
from shield.risk.forms_decisions import DecisionForm, NoteForm


def actor_of(request: HttpRequest) -> User:
    """The signed-in person; the login middleware has seen to it that there is one."""
    return cast(User, request.user)


def problems_of(form: Form) -> str:
    """Everything that is wrong with a form, in one line."""
    return " ".join(
        f"{form.fields[name].label or name}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    )


class ProposalAct(PermissionRequired, View):
    """A form on the page of a proposal. `view_act` says who may see it, `act` who may do this."""

    view_act: ClassVar[str] = "policy.view"
    form_class: type[Form] = NoteForm
    done: str | Promise = ""

    def rows(self) -> QuerySet[Any]:
        """The proposals that the address can name."""
        raise NotImplementedError

    def post(self, request: HttpRequest, **where: object) -> HttpResponseBase:
        """Do it and say so, or say why not; then show the proposal again."""
        row = get_visible_or_404(self.rows(), request.user, self.view_act, **where)
        require(request.user, self.act, row)
        form = self.form_class(request.POST)
        if not form.is_valid():
            return form_refused(request, form, row=row, back=self.back(row).url)
        try:
            said = self.apply(row, form.cleaned_data, actor_of(request))
        except ShieldError as error:
            return form_refused(request, form, row=row, back=self.back(row).url, error=error)
        messages.success(request, str(said or self.done))
        return self.back(row)

    def back(self, row: Any) -> HttpResponseRedirectBase:  # noqa: ANN401
        """To the page of the proposal."""
        return redirect(row)

    def apply(self, row: Any, data: Mapping[str, Any], actor: User) -> object:  # noqa: ANN401
        """Call the service; what it returns is said instead of `done`, if it is text."""
        raise NotImplementedError


class DecisionAct(ProposalAct):
    """Approve or reject; a subclass says by which services."""

    form_class = DecisionForm
    approved: str | Promise = _("Approved. It is in force.")
    rejected: str | Promise = _("Rejected.")

    def apply(self, row: Any, data: Mapping[str, Any], actor: User) -> object:  # noqa: ANN401
        """Call one of both services."""
        if data["decision"] == "approve":
            self.approve(row, actor, data["note"])
            return self.approved
        self.reject(row, actor, data["note"])
        return self.rejected

    def approve(self, row: Any, actor: User, note: str) -> None:  # noqa: ANN401
        """Say yes."""
        raise NotImplementedError

    def reject(self, row: Any, actor: User, note: str) -> None:  # noqa: ANN401
        """Say no."""
        raise NotImplementedError
