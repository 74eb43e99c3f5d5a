from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "shield.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Modules that register themselves when imported; models must be loaded before."""
        from shield.accounts import openapi, receivers  # noqa: F401
