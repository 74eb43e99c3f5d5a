from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RiskConfig(AppConfig):
    name = "shield.risk"
    label = "risk"

    def ready(self) -> None:
        """Standings follow every change of a service; what a release ships becomes rows after migrating."""
        from shield.registry.changes import SERVICE_CHANGED
        from shield.risk.standing import standings_refresh

        SERVICE_CHANGED.add("risk.standing", standings_refresh)
        post_migrate.connect(complete, sender=self, dispatch_uid="risk.complete")


def complete(**facts: object) -> None:
    """After a migration to the newest schema, make what is missing: policies, then standings.

    Not in a migration: those see the models of their time, and the figures are computed by today's.
    """
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from shield.risk.policies.versions import policies_sync
    from shield.risk.standing import standings_complete

    if "plan" not in facts:
        return  # emptied tables, not a migration
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        policies_sync()
        standings_complete()
