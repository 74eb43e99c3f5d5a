"""Giving up data: one dataset on request, and what nobody needs after the agreed days."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views import View
from django.views.generic import TemplateView

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.accounts.policy import EVERYWHERE, may, visible
from shield.registry.erasure import ACT, dataset_erase
from shield.registry.models import Dataset
from shield.registry.retention import Due, retention, retention_change, retention_due
from shield.web.erasure_forms import EraseForm, RetentionForm

SHOWN = 100


class DatasetErase(PermissionRequired, View):
    """Erase the bytes of a dataset, with a reason."""

    act = ACT

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Erase, say so, and show the dataset again."""
        rows = Dataset.objects.select_related("service", "file")
        dataset = get_visible_or_404(rows, request.user, "dataset.view", pk=pk)
        require(request.user, ACT, dataset)
        form = EraseForm(request.POST)
        if form.is_valid():
            dataset_erase(
                dataset=dataset,
                actor=cast(User, request.user),
                reason=form.reason_text,
                everywhere=form.cleaned_data["everywhere"],
            )
            messages.success(request, _("The data is erased. What was measured on it stays."))
        else:
            _tell(request, form)
        return redirect("dataset-detail", pk=pk)


class RetentionPage(PermissionRequired, TemplateView):
    """How long data is kept, and what is due; administrators change it."""

    act = "dataset.view"
    template_name = "web/retention.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The policy, what is due of what the person may see, and the form of who may change it."""
        policy, user = retention(), self.request.user
        due = self._visible(retention_due())
        form = RetentionForm(initial={"keep_days": policy.keep_days})
        return super().get_context_data(**kwargs) | {
            "policy": policy,
            "due": due[:SHOWN],
            "total": len(due),
            "form": form if may(user, "settings.manage", EVERYWHERE) else None,
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change the policy."""
        require(request.user, "settings.manage", EVERYWHERE)
        form = RetentionForm(request.POST)
        if form.is_valid():
            retention_change(
                keep_days=form.cleaned_data["keep_days"],
                actor=cast(User, request.user),
                reason=form.reason_text,
            )
            messages.success(request, _("The retention of data is recorded."))
        else:
            _tell(request, form)
        return redirect("retention")

    def _visible(self, due: list[Due]) -> list[tuple[Due, Dataset]]:
        """What is due with the dataset to name, of the person's units."""
        own = set(
            visible(Dataset.objects.all(), self.request.user, "dataset.view").values_list(
                "pk", flat=True
            )
        )
        pairs = ((each, [row for row in each.datasets if row.pk in own]) for each in due)
        return [(each, rows[0]) for each, rows in pairs if rows]


def _tell(request: HttpRequest, form: EraseForm | RetentionForm) -> None:
    problems = [
        f"{form[name].label}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    ]
    messages.error(request, " ".join(problems))
