"""Messages follow a service to its new business unit: who sees it there sees what was said of it.

A message keeps the unit of its event, so that it is narrowed without a look at what it is about.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from shield.audit.models import Event
from shield.notify.models import Notification
from shield.notify.subjects import subjects

BATCH: Final = 500


def messages_move(service_id: int, before: int, after: int) -> None:
    """Give what was said in the unit `before` about this service, and all that is its, to `after`."""
    said = Notification.objects.filter(unit=before).order_by()
    # One row for each thing that was spoken of, whoever was told and however often.
    things = list(said.distinct().values_list("object_type", "object_id"))
    for start in range(0, len(things), BATCH):
        named = [
            Event(object_type=kind, object_id=key) for kind, key in things[start : start + BATCH]
        ]
        found, its = subjects(named), defaultdict(list)
        for each in named:
            service = found.service(each)
            if service is not None and service.pk == service_id:
                its[each.object_type].append(each.object_id)
        for kind, keys in its.items():
            said.filter(object_type=kind, object_id__in=keys).update(unit=after)
