"""Business units: a list that is also the place to make and rename them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from shield.accounts import services
from shield.accounts.forms import UnitForm
from shield.accounts.models import BusinessUnit
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import EVERYWHERE, may, visible
from shield.accounts.views.account import person

ACT = "unit.manage"


class UnitList(PermissionRequired, View):
    """The units of this administrator, with how many services and people each has."""

    act = ACT

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, and the form for one more."""
        return self._page(request, UnitForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make one."""
        require(request.user, ACT, of=EVERYWHERE)
        form = UnitForm(request.POST)
        if not form.is_valid():
            return self._page(request, form, status=422)
        unit = services.unit_create(actor=person(request), name=form.cleaned_data["name"])
        messages.success(request, _("The unit %(name)s is made.") % {"name": unit.name})
        return redirect("unit-list")

    def _page(self, request: HttpRequest, form: UnitForm, *, status: int = 200) -> HttpResponse:
        units = visible(BusinessUnit.objects.all(), request.user, ACT).annotate(
            service_count=Count("services", distinct=True),
            people_count=Count("grants__user", distinct=True),
        )
        facts = {"units": units, "form": form if may(request.user, ACT, EVERYWHERE) else None}
        return render(request, "accounts/units.html", facts, status=status)


class UnitRename(PermissionRequired, View):
    """Another name for a unit."""

    act = ACT

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Rename it."""
        unit = get_visible_or_404(BusinessUnit.objects.all(), request.user, ACT, slug=slug)
        form = UnitForm(request.POST)
        if form.is_valid():
            services.unit_rename(actor=person(request), unit=unit, name=form.cleaned_data["name"])
            messages.success(request, _("The unit has its new name."))
        else:
            messages.error(request, " ".join(str(each) for each in form.errors["name"]))
        return redirect("unit-list")
