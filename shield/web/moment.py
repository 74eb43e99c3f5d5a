"""What was in production when: every service's version at a moment, and its evidence at that time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery

from shield.accounts.policy import visible
from shield.records.choices import RunKind, RunState
from shield.records.models import Run
from shield.registry.models import Deployment
from shield.registry.selectors import at_moment


@dataclass(frozen=True, slots=True)
class Serving:
    """One version that served at the moment, with the last run of it that had finished by then."""

    deployment: Deployment
    run: Run | None


def serving_at(user: object, at: datetime) -> QuerySet[Deployment]:
    """Deployments that served at `at` and that the person may see, with the id of their evidence."""
    seen = visible(Deployment.objects.select_related("service", "version"), user, "service.view")
    last = (
        Run.objects.filter(
            version=OuterRef("version"),
            state=RunState.FINISHED,
            kind=RunKind.ASSESSED,
            finished_at__lte=at,
        )
        .order_by("-finished_at")
        .values("pk")
    )
    rows = at_moment(seen, at).annotate(evidence=Subquery(last[:1]))
    return rows.order_by("service__name", "environment", "pk")


def with_evidence(rows: Iterable[Deployment]) -> list[Serving]:
    """The rows with their runs, in one more query."""
    rows = list(rows)
    keys = [key for row in rows if (key := vars(row)["evidence"]) is not None]
    runs = {run.pk: run for run in Run.objects.filter(pk__in=keys).only(
        "id", "outcome", "finished_at", "coverage", "gate", "service_id", "version_id"
    )}  # fmt: skip
    return [Serving(row, runs.get(vars(row)["evidence"])) for row in rows]
