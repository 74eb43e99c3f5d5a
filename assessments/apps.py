from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "assessments"
    label = "assessments"

    def ready(self) -> None:
        """Runs have their entry in the navigation; reports learn what the checks mean."""
        from assessments.documentation import check_definitions
        from shield.reports.definitions import DEFINITIONS
        from shield.web.navigation import NAVIGATION, NavEntry

        NAVIGATION.add(
            [
                NavEntry(
                    _("Runs"), "run-list", "activity", "run.view", 30,
                    routes=("run-detail", "run-check", "run-compare"),
                )
            ]
        )  # fmt: skip
        DEFINITIONS.provide(check_definitions)
