"""Starting and cancelling runs from a page."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views import View

from assessments.services import run_cancel, run_start
from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.records.models import Run
from shield.registry.models import Version


class RunStart(PermissionRequired, View):
    """Assess a version again; its page then shows the progress."""

    act = "run.start"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue a run of the version."""
        rows = Version.objects.select_related("service__unit")
        version = get_visible_or_404(rows, request.user, "service.view", pk=pk)
        require(request.user, self.act, version)
        run = run_start(version=version, actor=cast(User, request.user).get_username())
        return redirect(run)


class RunCancel(PermissionRequired, View):
    """Ask a run to stop."""

    act = "run.cancel"

    def post(self, request: HttpRequest, pk: object) -> HttpResponse:
        """Cancel, or say why it is too late."""
        rows = Run.objects.select_related("service")
        run = get_visible_or_404(rows, request.user, "run.view", pk=pk)
        require(request.user, self.act, run)
        run_cancel(run_id=run.pk, actor=cast(User, request.user).get_username())
        messages.success(request, _("The run was asked to stop."))
        return redirect(run)
