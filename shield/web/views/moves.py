"""Moving a service to another business unit."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from shield.accounts.models import BusinessUnit, User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import may, visible
from shield.accounts.recent import RecentToPost
from shield.registry.models import Service
from shield.registry.moves import service_move

ACT = "unit.manage"


class MoveForm(forms.Form):
    """Where to, and why."""

    unit = forms.ModelChoiceField(
        label=gettext_lazy("Business unit"), queryset=BusinessUnit.objects.none()
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class ServiceMove(PermissionRequired, RecentToPost, View):
    """The page that moves a service; only to units that the person looks after."""

    act = ACT

    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """The form."""
        service = self._service(request, slug)
        return self._page(request, service, self._form(request, service))

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Move it and go to it, when it can still be seen."""
        service = self._service(request, slug)
        form = self._form(request, service, request.POST)
        if not form.is_valid():
            return self._page(request, service, form, status=422)
        moved = service_move(actor=cast(User, request.user), service=service, **form.cleaned_data)
        messages.success(request, _("The service is in its new unit."))
        seen = may(request.user, "service.view", moved)
        return redirect(moved if seen else "service-list")

    def _service(self, request: HttpRequest, slug: str) -> Service:
        rows = Service.objects.select_related("unit")
        service = get_visible_or_404(rows, request.user, "service.view", slug=slug)
        require(request.user, ACT, of=service.unit)
        return service

    def _form(self, request: HttpRequest, service: Service, *data: object) -> MoveForm:
        form = MoveForm(*data)  # type: ignore[arg-type]
        units = visible(BusinessUnit.objects.exclude(pk=service.unit_id), request.user, ACT)
        cast(forms.ModelChoiceField, form.fields["unit"]).queryset = units
        return form

    def _page(
        self, request: HttpRequest, service: Service, form: MoveForm, *, status: int = 200
    ) -> HttpResponse:
        facts = {"service": service, "form": form}
        return render(request, "web/service_move.html", facts, status=status)
