"""What every page's frame needs: the navigation of this user, with the current entry marked."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest

from shield.accounts.policy import may
from shield.web.navigation import NAVIGATION, group_of


def navigation(request: HttpRequest) -> dict[str, object]:
    """The entries that this user may open, each with whether the current page belongs to it."""
    match = request.resolver_match
    current = match.view_name if match else ""
    user = getattr(request, "user", None)
    shown = [
        (entry, current == entry.route or current in entry.routes)
        for entry in NAVIGATION.all()
        if may(user, entry.act)
    ]
    groups = groupby(shown, key=lambda each: group_of(each[0]))
    return {"nav_groups": [(label, list(entries)) for label, entries in groups]}
