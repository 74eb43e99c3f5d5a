"""States of a run and of a check record, and the outcomes as choices."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, Value, When
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")  # expected: bad input
    ERRORED = "errored", _("Errored")  # a bug
    CANCELLED = "cancelled", _("Cancelled")

    @classmethod
    def ended(cls) -> list[RunState]:
        """States that a run never leaves."""
        return [cls.FINISHED, cls.FAILED, cls.ERRORED, cls.CANCELLED]


class RunKind(models.TextChoices):
    ASSESSED = "assessed", _("Assessed")  # a plan of checks, executed by a worker
    PUSHED = "pushed", _("Pushed")  # values that another tool measured and sent


class OutcomeChoice(models.TextChoices):
    PASS = "pass", _("Pass")
    FAIL = "fail", _("Fail")
    INCONCLUSIVE = "inconclusive", _("Inconclusive")
    ERROR = "error", _("Error")
    SKIPPED = "skipped", _("Skipped")


class SeverityChoice(models.TextChoices):
    CRITICAL = "critical", _("Critical")
    HIGH = "high", _("High")
    MEDIUM = "medium", _("Medium")
    LOW = "low", _("Low")
    INFO = "info", _("Info")


SEVERITY_RANK = Case(
    *(When(severity=value, then=Value(rank)) for rank, value in enumerate(SeverityChoice.values))
)
"""0 critical … 4 info: the order of severities everywhere."""
