from __future__ import annotations

from django.apps import AppConfig


class FrameworksConfig(AppConfig):
    name = "shield.frameworks"
    label = "frameworks"

    def ready(self) -> None:
        """Coverage is due again whenever a service changes."""
        from shield.frameworks.refresh import services_changed
        from shield.registry.changes import SERVICE_CHANGED

        SERVICE_CHANGED.add("frameworks", services_changed)
