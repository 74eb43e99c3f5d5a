"""Taking a service out of use, and back: what happens is said before it is done."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import FormView

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.findings.choices import FindingState
from shield.registry.models import Service
from shield.registry.services import service_restore, service_retire

REASONS = (
    ("replaced", gettext_lazy("Another service takes its place")),
    ("ended", gettext_lazy("The business has ended")),
    ("risk", gettext_lazy("Its risk is not accepted")),
    ("mistake", gettext_lazy("It was registered by mistake")),
    ("other", gettext_lazy("Another reason")),
)


class RetireForm(forms.Form):
    """Why, in the words of a short list and of the person."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=REASONS)
    comment = forms.CharField(label=gettext_lazy("Comment"), max_length=2000)


def _service(request: HttpRequest, slug: str) -> Service:
    found = get_visible_or_404(Service.objects.all(), request.user, "service.view", slug=slug)
    require(request.user, "service.change", found)
    return found


class ServiceRetire(PermissionRequired, FormView):
    """The page that says what happens, with the form that does it."""

    act = "service.change"
    template_name = "web/service_retire.html"
    form_class = RetireForm
    http_method_names = ["get", "post", "head", "options"]

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """What would end and what stays."""
        service = _service(self.request, self.kwargs["slug"])
        states = service.findings.values_list("state", flat=True)
        return super().get_context_data(**kwargs) | {
            "service": service,
            "deployments": list(
                service.deployments.filter(ended_at=None).select_related("version")
            ),
            "active": sum(state in FindingState.active() for state in states),
            "accepted": sum(state == FindingState.ACCEPTED for state in states),
        }

    def form_valid(self, form: RetireForm) -> HttpResponse:
        """Retire it."""
        service = _service(self.request, self.kwargs["slug"])
        words = dict(REASONS)[form.cleaned_data["reason"]]
        actor = cast(User, self.request.user).get_username()
        service_retire(
            service=service, actor=actor, reason=f"{words}: {form.cleaned_data['comment']}"
        )
        messages.success(self.request, _("%(name)s is retired.") % {"name": service.name})
        return redirect(service)


class ServiceRestore(PermissionRequired, View):
    """Back into use, without any deployment."""

    act = "service.change"

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """With a reason."""
        service = _service(request, slug)
        reason = request.POST.get("reason", "").strip()[:2000]
        if not reason:
            messages.error(request, _("Say why it comes back into use."))
            return redirect(service)
        actor = cast(User, request.user).get_username()
        service_restore(service=service, actor=actor, reason=reason)
        messages.success(request, _("%(name)s is in use again.") % {"name": service.name})
        return redirect(service)
