"""How long uploaded data is kept once nothing needs it, and what is due.

A dataset is needed while one of its versions is deployed, or is the newest version of a service in use,
or a run on it waits or runs. When that ends the clock starts: at the last of its registration, its last
run, the end of its last deployment, the version that replaced its last one, and the retirement of its
service. After `keep_days` its bytes are given up (see `erasure`); bytes that several datasets name go
when the last of them is due. Without a number of days data is kept for ever, which is the default.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from shield.accounts.models import User
from shield.accounts.pages import require
from shield.accounts.policy import EVERYWHERE
from shield.audit.services import record
from shield.common.errors import InvalidInput
from shield.registry.choices import ErasedFor
from shield.registry.erasure import erase
from shield.registry.models import Dataset, Deployment, Retention, StoredFile, Version

KEEPER: Final = "system"
LONGEST: Final = 36_500
ACTIVE: Final = ("queued", "running")
"""States of a run that still needs its data."""


@dataclass(frozen=True, slots=True)
class Due:
    """Bytes that are not needed any more, since when, and the datasets that name them."""

    file: StoredFile
    datasets: tuple[Dataset, ...]
    since: datetime


def retention() -> Retention:
    """The policy; for ever when nobody has set one."""
    return Retention.objects.filter(pk=1).first() or Retention(pk=1)


@transaction.atomic
def retention_change(*, keep_days: int | None, actor: User, reason: str) -> Retention:
    """Set how long data is kept after the last need; None keeps it for ever.

    Raises NotPermitted, and InvalidInput without a reason or for a number out of range.
    """
    require(actor, "settings.manage", EVERYWHERE)
    if not reason.strip():
        raise InvalidInput("retention.reason", "A change of retention says why.", "Give a reason.")
    if keep_days is not None and not 1 <= keep_days <= LONGEST:
        raise InvalidInput(
            "retention.days",
            f"{keep_days} days are out of range.",
            f"Use 1 to {LONGEST}, or nothing to keep data for ever.",
        )
    row, _ = Retention.objects.select_for_update().get_or_create(pk=1)
    before = {"keep_days": row.keep_days}
    if row.keep_days == keep_days:
        return row
    row.keep_days, row.changed_by = keep_days, actor.get_username()
    row.save()
    record(
        actor=actor.get_username(), act="retention.change", object_type="retention", object_id=1,
        object_text=f"Retention of data: {row}", before=before, after={"keep_days": keep_days},
        reason=reason.strip(),
    )  # fmt: skip
    return row


def retention_due(*, now: datetime | None = None, of: StoredFile | None = None) -> list[Due]:
    """What would be given up now, the longest unneeded first; of one file alone where it is named."""
    days = retention().keep_days
    if days is None:
        return []
    limit = (now or timezone.now()) - timedelta(days=days)
    files: dict[int, list[tuple[Dataset, datetime | None]]] = defaultdict(list)
    for dataset, since in _unneeded_since(of):
        files[dataset.file_id].append((dataset, since))
    due = []
    for found in files.values():
        moments = [since for _, since in found if since is not None]
        if len(moments) == len(found) and max(moments) <= limit:
            datasets = tuple(dataset for dataset, _ in found)
            due.append(Due(datasets[0].file, datasets, max(moments)))
    return sorted(due, key=lambda each: each.since)


def retention_apply() -> list[Due]:
    """Give up what is due, each file by itself; what was given up. Idempotent."""
    days = retention().keep_days
    done = []
    for due in retention_due():
        with transaction.atomic():
            file = StoredFile.objects.select_for_update().get(pk=due.file.pk)
            # What was looked up before the lock may be needed again: a version was deployed meanwhile.
            now_due = next(iter(retention_due(of=file)), None)
            if now_due is None:
                continue
            erase(
                file=file, datasets=list(now_due.datasets), actor=KEEPER, why=ErasedFor.RETENTION,
                reason=f"nothing has needed it for {days} days",
            )  # fmt: skip
            done.append(now_due)
    return done


def _unneeded_since(of: StoredFile | None) -> list[tuple[Dataset, datetime | None]]:
    """Every dataset that has its bytes, with since when nothing needs it; None while something does."""
    kept = Dataset.objects.filter(file__erased_at=None)
    kept = kept if of is None else kept.filter(file=of)
    serving = Deployment.objects.filter(ended_at=None, version__datasets=OuterRef("pk"))
    needed = {
        *kept.filter(Exists(serving)).values_list("pk", flat=True),
        *kept.filter(runs__state__in=ACTIVE).values_list("pk", flat=True),
    }
    rows = _with_last_version(kept.select_related("service", "file").order_by("pk"))
    ran = _latest(kept, "runs__finished_at")
    served = _latest(kept, "versions__deployments__ended_at")
    found: list[tuple[Dataset, datetime | None]] = []
    for row in rows:
        replaced, retired = row.replaced_at, row.service.retired_at  # type: ignore[attr-defined]
        in_use = row.last_version is not None and replaced is None and retired is None  # type: ignore[attr-defined]
        moments = [row.created_at, ran.get(row.pk), served.get(row.pk), replaced, retired]
        since = max(moment for moment in moments if moment is not None)
        found.append((row, None if in_use or row.pk in needed else since))
    return found


def _with_last_version(rows: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """With `last_version`, the newest version that names it, and when a newer one came."""
    naming = Version.objects.filter(datasets=OuterRef("pk")).order_by("-pk")
    newer = Version.objects.filter(service=OuterRef("service"), pk__gt=OuterRef("last_version"))
    return rows.annotate(last_version=Subquery(naming.values("pk")[:1])).annotate(
        replaced_at=Subquery(newer.order_by("pk").values("created_at")[:1])
    )


def _latest(rows: QuerySet[Dataset], path: str) -> dict[int, datetime | None]:
    return dict(rows.order_by().values_list("pk").annotate(Max(path)))
