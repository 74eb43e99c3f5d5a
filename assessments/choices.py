"""States of a submission."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SubmissionState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    REGISTERING = "registering", _("Registering")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")  # expected: bad input
    ERRORED = "errored", _("Errored")  # a bug
    CANCELLED = "cancelled", _("Cancelled")

    @classmethod
    def ended(cls) -> list[SubmissionState]:
        """States that a submission never leaves."""
        return [cls.FINISHED, cls.FAILED, cls.ERRORED, cls.CANCELLED]
