from __future__ import annotations

from django.apps import AppConfig
from django_structlog.signals import (
    bind_extra_request_finished_metadata,
    update_failure_response,
)

from shield.common.logging import answer_with_request_id
from shield.common.pools import forget_after_fork


class CommonConfig(AppConfig):
    name = "shield.common"
    label = "common"

    def ready(self) -> None:
        """Forked workers must not share the parent's database connections; answers carry an id."""
        forget_after_fork()
        for signal in (bind_extra_request_finished_metadata, update_failure_response):
            signal.connect(answer_with_request_id, dispatch_uid="answer-with-request-id")
