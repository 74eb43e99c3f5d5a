from __future__ import annotations

from django.apps import AppConfig


class FindingsConfig(AppConfig):
    name = "shield.findings"
    label = "findings"

    def ready(self) -> None:
        """Findings leave the lists of work when their service does."""
        from shield.findings.retirement import service_retired
        from shield.registry.changes import SERVICE_RETIRED

        SERVICE_RETIRED.add("findings", service_retired)
