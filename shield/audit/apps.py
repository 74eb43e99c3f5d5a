from __future__ import annotations

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from shield.audit.triggers import install


class AuditConfig(AppConfig):
    name = "shield.audit"
    label = "audit"

    def ready(self) -> None:
        """Keep the triggers in place whatever a migration does to the table."""
        post_migrate.connect(_install, sender=self, dispatch_uid="audit-triggers")


def _install(using: str, **_: object) -> None:
    install(connections[using])
