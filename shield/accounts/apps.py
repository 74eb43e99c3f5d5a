from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "shield.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Let the API's description know the token scheme (it registers itself when imported)."""
        from shield.accounts import openapi  # noqa: F401  (models must be loaded before)
