"""Web, workers and beat of the embedded profile as one supervised group."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model

from shield.common.errors import ShieldError
from shield.management import group
from shield.management.contract import ContractCommand
from shield.management.database import ensure_database
from shield.management.supervisor import Supervisor

PATIENCE_S = 60.0


class Command(ContractCommand):
    """`manage.py up`: starts everything, says the address, restarts what crashes, Ctrl-C stops all."""

    help = "Run web, workers and beat on this machine as one group; Ctrl-C stops all of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1 (8000)")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ANN401  (Django's own)
        port: int = options["port"]
        with group.only_group(settings.VAR_DIR):
            group.refuse_taken_port(port)
            ensure_database()
            group.forget_readiness()
            self._say("starting web, workers and beat …")
            supervisor = Supervisor(
                group.children(port=port, logs=settings.VAR_DIR / "log"),
                environment=group.environment(settings.VAR_DIR),
                folder=settings.BASE_DIR,
                say=self._say,
            )
            if not supervisor.run(
                healthy=lambda: group.healthy(port=port),
                patience_s=PATIENCE_S,
                announce=self._announcement(port),
            ):
                raise ShieldError("up.unhealthy", "The group did not start; it was stopped again.")
            self._say("stopped.")

    def _announcement(self, port: int) -> str:
        lines = [f"ready: http://{group.HOST}:{port}/ (Ctrl-C stops everything)"]
        if not get_user_model().objects.filter(is_active=True).exists():
            lines.append(
                "nobody can sign in yet: .venv/bin/python manage.py user_create YOU --role administrator"
            )
        return "\n".join(lines)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
