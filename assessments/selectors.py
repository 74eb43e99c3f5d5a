"""Reading runs, and what pipelines hand in."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce

from assessments.models import Submission
from shield.accounts.policy import scope, visible
from shield.records.models import Run, RunLog
from shield.records.selectors import runs_listed


def runs() -> QuerySet[Run]:
    """Every run with its service and version, the newest first."""
    return runs_listed(show=("gate", "error"))


def run_log(run: Run) -> QuerySet[RunLog]:
    """The lines of a run's log in the order they were written."""
    return RunLog.objects.filter(run=run).order_by("id")


def submissions_seen(user: object) -> QuerySet[Submission]:
    """Those of the person's units; one with a run goes with its service when that moves to another."""
    rows = visible(Submission.objects.select_related("run", "owner", "unit"), user, "run.view")
    where = scope(user, "run.view")
    if where.everywhere:
        return rows
    return rows.filter(Q(run=None) | Q(run__service__unit__in=where.units))


def submissions_listed(user: object) -> QuerySet[Submission]:
    """The same for lists: the gate's outcome as `verdict`, without manifests, results and documents."""
    of_run = KeyTextTransform("outcome", "run__gate")
    of_dry_run = KeyTextTransform("outcome", KeyTransform("gate", "result"))
    return (
        submissions_seen(user)
        .select_related("run__service")
        .annotate(verdict=Coalesce(of_run, of_dry_run))
        .defer(
            "manifest", "result", "run__plan", "run__inputs", "run__policy", "run__gate",
            "run__warnings", "run__service__group_rules",
        )
    )  # fmt: skip
