"""Reading runs."""

from __future__ import annotations

from django.db.models import QuerySet

from shield.records.models import Run, RunLog
from shield.records.selectors import runs_listed


def runs() -> QuerySet[Run]:
    """Every run with its service and version, the newest first."""
    return runs_listed(show=("gate", "error"))


def run_log(run: Run) -> QuerySet[RunLog]:
    """The lines of a run's log in the order they were written."""
    return RunLog.objects.filter(run=run).order_by("id")
