"""What the passing of time does: exceptions end, reviews become due, ages enter the scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from shield.audit.models import Event
from shield.audit.services import Draft, record_all
from shield.risk.policies.exceptions import exceptions_expire
from shield.risk.policies.versions import policies_overdue_for_review
from shield.risk.standing import standings_refresh_all
from shield.risk.tiering.models import TieringAssessment
from shield.risk.tiering.selectors import overdue_tierings

SYSTEM = "system"


def risk_keep() -> None:
    """The daily task: expire exceptions, say once which reviews are late, refresh every standing."""
    exceptions_expire()
    reviews_announce()
    standings_refresh_all()


@transaction.atomic
def reviews_announce() -> int:
    """One event for each policy version and tiering whose review is late; never a second one for the
    same due day."""
    drafts = [
        Draft(
            actor=SYSTEM,
            act="policy.review_overdue",
            object_type="policyversion",
            object_id=due.version.pk,
            object_text=str(due.version),
            after=_due(due.due_at),
        )
        for due in policies_overdue_for_review()
    ]
    drafts += [_tiering(each) for each in overdue_tierings()]
    fresh = list(_unsaid(drafts))
    record_all(drafts=fresh)
    return len(fresh)


def _tiering(assessment: TieringAssessment) -> Draft:
    return Draft(
        actor=SYSTEM,
        act="tier.review_overdue",
        object_type="tieringassessment",
        object_id=assessment.pk,
        object_text=str(assessment),
        after=_due(assessment.review_at),
        unit=assessment.unit_id,
    )


def _due(at: datetime) -> Mapping[str, object]:
    return {"due_at": at.isoformat()}


def _unsaid(drafts: list[Draft]) -> Iterable[Draft]:
    acts = {draft.act for draft in drafts}
    ids = [str(draft.object_id) for draft in drafts]
    rows = Event.objects.filter(act__in=acts, object_id__in=ids)
    said = {
        (act, object_id, (after or {}).get("due_at"))
        for act, object_id, after in rows.values_list("act", "object_id", "after")
    }
    for draft in drafts:
        due = (draft.after or {}).get("due_at")
        if (draft.act, str(draft.object_id), due) not in said:
            yield draft
