"""The API as pages: what can be called, with what, and what comes back."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.views.generic import TemplateView

from shield.accounts.pages import PermissionRequired
from shield.web.api_reading import calls, calls_about, groups


class ApiIndex(PermissionRequired, TemplateView):
    """All calls by the first part of their address; `?q=` finds words in them."""

    act = "account.own"
    template_name = "web/api_index.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The groups, or what was found."""
        words = self.request.GET.get("q", "").strip()[:200]
        return super().get_context_data(**kwargs) | {
            "q": words,
            "found": calls_about(words) if words else None,
            "groups": groups(),
            "total": len(calls()),
        }


class ApiGroup(PermissionRequired, TemplateView):
    """The calls of one group, in full."""

    act = "account.own"
    template_name = "web/api_group.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """Its calls; 404 for a group that is none."""
        found = groups().get(self.kwargs["group"])
        if found is None:
            raise Http404
        return super().get_context_data(**kwargs) | {"group": self.kwargs["group"], "calls": found}
