from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "shield.web"
    label = "web"

    def ready(self) -> None:
        """The entries for home, the inventory and the findings; upper apps add theirs."""
        from shield.common.listing import OPENING
        from shield.web.menu import ENTRIES
        from shield.web.navigation import NAVIGATION
        from shield.web.saved_views import default_query

        OPENING.set(default_query)

        NAVIGATION.add(ENTRIES)
