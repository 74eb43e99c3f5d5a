from __future__ import annotations

from django.apps import AppConfig

from shield.common.pools import forget_after_fork


class CommonConfig(AppConfig):
    name = "shield.common"
    label = "common"

    def ready(self) -> None:
        """Forked workers must not share the parent's database connections."""
        forget_after_fork()
