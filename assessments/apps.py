from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "assessments"
    label = "assessments"

    def ready(self) -> None:
        """Runs have their entry in the navigation; reports and policies learn of the checks."""
        from assessments.documentation import check_definitions, check_facts
        from shield.reports.definitions import DEFINITIONS
        from shield.risk.catalogue import CHECKS
        from shield.web.navigation import NAVIGATION, NavEntry

        NAVIGATION.add(
            [
                NavEntry(
                    _("Runs"), "run-list", "activity", "run.view", 30,
                    routes=("run-detail", "run-check", "run-compare", "submission-list",
                            "submission-detail"), key="r",
                )
            ]
        )  # fmt: skip
        DEFINITIONS.provide(check_definitions)
        CHECKS.provide(check_facts)
