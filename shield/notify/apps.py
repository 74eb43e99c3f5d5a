from __future__ import annotations

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "shield.notify"
    label = "notify"

    def ready(self) -> None:
        """Messages follow a service to its new unit."""
        from shield.notify.moves import messages_move
        from shield.registry.changes import SERVICE_MOVED

        SERVICE_MOVED.add("notify", messages_move)
