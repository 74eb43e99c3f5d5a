"""Who answers for a service, and who acts when that person cannot: a form on the service's page."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from shield.accounts.directory import colleagues
from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.registry.models import Service
from shield.registry.owners import deputies_set, service_reassign
from shield.web.forms import WithWhy, problems_of

ACT = "service.change"
REASONS = (
    ("left", gettext_lazy("Somebody has left")),
    ("role", gettext_lazy("Somebody has another role now")),
    ("away", gettext_lazy("Somebody is away for a while")),
    ("mistake", gettext_lazy("It was wrong")),
    ("other", gettext_lazy("Another reason")),
)


class OwnerForm(WithWhy):
    """A new owner, or the one there is; and all deputies."""

    owner = forms.ModelChoiceField(
        label=gettext_lazy("New owner"),
        queryset=User.objects.none(),
        to_field_name="username",
        required=False,
        empty_label=gettext_lazy("As it is"),
    )
    deputies = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Deputies"),
        queryset=User.objects.none(),
        to_field_name="username",
        required=False,
    )
    seen = forms.CharField(required=False, max_length=20_000)
    """The deputies that the form showed as chosen: what differs from them is what the person did."""
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=REASONS)
    field_order = ("owner", "deputies", "reason", "comment")

    def __init__(self, *args: object, service: Service, user: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        near = colleagues(user, ACT)
        named = User.objects.filter(deputised_services=service)
        cast(forms.ModelChoiceField, self.fields["owner"]).queryset = near
        both = User.objects.filter(
            pk__in={*near.values_list("pk", flat=True), *named.values_list("pk", flat=True)}
        )
        cast(forms.ModelChoiceField, self.fields["deputies"]).queryset = both.order_by("username")
        self.fields["deputies"].initial = list(named)


class ServiceOwner(PermissionRequired, View):
    """Give a service to somebody, and say who acts for them."""

    act = ACT

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Record both, or say what is wrong with the form."""
        service = get_visible_or_404(Service.objects.all(), request.user, "service.view", slug=slug)
        require(request.user, self.act, service)
        form = OwnerForm(request.POST, service=service, user=request.user)
        if form.is_valid():
            _record(service, form, actor=cast(User, request.user).get_username())
            messages.success(request, _("Owner and deputies are recorded."))
        else:
            messages.error(request, problems_of(form))
        return redirect(f"{service.get_absolute_url()}?tab=settings")


@transaction.atomic
def _record(service: Service, form: OwnerForm, *, actor: str) -> None:
    """The new owner, and the deputies added and taken away; what others did meanwhile stays."""
    owner, chosen = form.cleaned_data["owner"], set(form.cleaned_data["deputies"])
    why = form.reason_text
    if owner is not None:
        service_reassign(service=service, owner=owner, actor=actor, reason=why)
    service = Service.objects.select_for_update().get(pk=service.pk)
    shown = set(User.objects.filter(username__in=form.cleaned_data["seen"].split()))
    now = set(service.deputies.all())
    deputies_set(
        service=service,
        deputies=now - (shown - chosen) | (chosen - shown),
        actor=actor,
        reason=why,
    )
