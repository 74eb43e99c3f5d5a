"""Saying which version serves where: two forms on a service's page."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views import View

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.registry.models import Deployment, Service
from shield.registry.services import deployment_end, deployment_start
from shield.web.forms import DeploymentEndForm, DeploymentForm, problems_of


class DeploymentStart(PermissionRequired, View):
    """A version begins to serve in an environment; what served there before ends."""

    act = "deployment.change"

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Record it, or say what is wrong with the form."""
        service = get_visible_or_404(Service.objects.all(), request.user, "service.view", slug=slug)
        require(request.user, self.act, service)
        versions = {str(version.pk): version for version in service.versions.all()}
        form = DeploymentForm(request.POST, versions=versions.values())
        if form.is_valid():
            deployment = deployment_start(
                version=versions[form.cleaned_data["version"]],
                environment=form.cleaned_data["environment"],
                actor=cast(User, request.user).get_username(),
                reason=form.reason_text,
            )
            messages.success(request, _("%(deployment)s, from now.") % {"deployment": deployment})
        else:
            messages.error(request, problems_of(form))
        return redirect(f"{service.get_absolute_url()}?tab=releases")


class DeploymentEnd(PermissionRequired, View):
    """A version stops to serve."""

    act = "deployment.change"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End it now, or say what is wrong with the form."""
        rows = Deployment.objects.select_related("service", "version__service")
        deployment = get_visible_or_404(rows, request.user, "service.view", pk=pk)
        require(request.user, self.act, deployment)
        form = DeploymentEndForm(request.POST)
        if form.is_valid():
            actor = cast(User, request.user).get_username()
            deployment_end(deployment=deployment, actor=actor, reason=form.reason_text)
            messages.success(request, _("%(deployment)s has ended.") % {"deployment": deployment})
        else:
            messages.error(request, problems_of(form))
        return redirect(f"{deployment.service.get_absolute_url()}?tab=releases")
