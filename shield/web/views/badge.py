"""The badge itself, which anybody with its address may load, and the forms that make the address."""

from __future__ import annotations

import hashlib
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_safe

from shield.accounts.models import User
from shield.accounts.pages import PermissionRequired, get_visible_or_404, require
from shield.registry.badges import badge_disable, badge_issue, badge_of
from shield.registry.models import Service
from shield.web.badge_image import NOT_AVAILABLE, badge_svg, verdict_of
from shield.web.selectors import services_overview

FRESH_SECONDS = 300


@login_not_required
@require_safe
def badge_image(request: HttpRequest, slug: str) -> HttpResponse:
    """The SVG. A wrong token, a badge switched off and a service that is not there look the same."""
    badge = badge_of(slug, request.GET.get("token", "")[:100])
    if badge is None:
        image = badge_svg(NOT_AVAILABLE)
    else:
        service = services_overview(retired=True).get(pk=badge.service_id)
        image = badge_svg(verdict_of(service), service.name)
    etag = f'"{hashlib.sha256(image).hexdigest()[:32]}"'
    response = HttpResponse(image, content_type="image/svg+xml; charset=utf-8")
    response["ETag"] = etag
    # Its own page, when somebody opens the address: nothing in it may run or load.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return get_conditional_response(request, etag=etag, response=response) or response


class BadgeAct(PermissionRequired, View):
    """Make, renew or switch off the badge of a service."""

    act = "service.change"

    def post(self, request: HttpRequest, slug: str) -> HttpResponse:
        """`what` is `issue` or `disable`."""
        service = get_visible_or_404(Service.objects.all(), request.user, "service.view", slug=slug)
        require(request.user, self.act, service)
        actor = cast(User, request.user).get_username()
        if request.POST.get("what") == "disable":
            badge_disable(service=service, actor=actor)
            messages.success(request, _("The badge is switched off; its address shows nothing."))
        else:
            badge_issue(service=service, actor=actor)
            messages.success(request, _("The badge has a new address; an older one shows nothing."))
        return redirect(f"{service.get_absolute_url()}?tab=settings#badge")
