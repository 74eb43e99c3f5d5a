"""From events to messages: one batch, a fixed number of queries, however many people and findings.

What belongs together is one message: events of a kind on the same object, or those that a run or the
calendar makes in the same service (500 new findings are one message with a count).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from shield.audit.models import Event
from shield.notify.channels import PERSONAL, personal
from shield.notify.choices import ABOUT, Kind
from shield.notify.models import Delivery, Notification, Preference
from shield.notify.people import People, people
from shield.notify.rules import DECIDES, PROPOSED, Told, World, entity, fact, told, verb
from shield.notify.subjects import OWN, Subjects, subjects

WINDOW: Final = timedelta(hours=1)
"""How long further events add to an unread message."""
FACTS: Final = ("severity", "state", "outcome", "due_at", "expires_at", "days", "problem", "role")

Key = tuple[int, str, str]  # person, kind, group


@dataclass(frozen=True, slots=True)
class About:
    """What every message about an event says of it, whoever gets it."""

    group: str
    url: str
    list_url: str
    service: str
    unit: int | None


@dataclass(slots=True)
class Draft:
    """A message in the making."""

    told: Told
    event: Event  # the newest
    about: About
    count: int = 1


def fan_out(events: Sequence[Event]) -> None:
    """Make the messages of these events, and their deliveries. Call inside a transaction."""
    found = subjects(events)
    crowd = people({key for event in events for key in found.keys(event)})
    world = World(crowd, found, _proposers(events))
    drafts: dict[Key, Draft] = {}
    for event in events:
        if everybody := told(event, world):
            about = _about(event, world)
            for each in everybody:
                _add(drafts, event, each, about)
    if drafts:
        _write(drafts, crowd)


def _proposers(events: Sequence[Event]) -> dict[tuple[str, str, str], str]:
    """Who proposed what these events decide on: by the newest event of a proposal."""
    decided = [
        event for event in events if entity(event) in DECIDES and verb(event) not in PROPOSED
    ]
    if not decided:
        return {}
    acts = [event.act.removesuffix(verb(event)) + each for event in decided for each in PROPOSED]
    ids = {event.object_id for event in decided}
    rows = Event.objects.filter(act__in=set(acts), object_id__in=ids).order_by("pk")
    return {
        (act.partition(".")[0], kind, object_id): actor
        for act, kind, object_id, actor in rows.values_list(
            "act", "object_type", "object_id", "actor"
        )
    }


def _about(event: Event, world: World) -> About:
    found = world.subjects
    service = found.service(event)
    group, by_service = _group(event, world)
    return About(
        group=group,
        url=_own_page(event) or found.url(event),
        list_url=_list_url(event, found) if by_service else "",
        service=service.name if service else "",
        unit=found.place(event).unit_id,
    )


def _own_page(event: Event) -> str:
    """Where people look after what is their own; empty for everything else."""
    if event.object_type not in OWN:
        return ""
    pages = {"token": "account-tokens", "factor": "mfa_index"}
    return reverse(pages.get(entity(event), "account"))


def _add(drafts: dict[Key, Draft], event: Event, each: Told, about: About) -> None:
    key = (each.user.pk, each.kind.value, about.group)
    known = drafts.get(key)
    if known is None:
        drafts[key] = Draft(each, event, about)
        return
    known.count += 1
    known.event, known.about = event, about
    if known.told.critical and not each.critical:
        each = Told(each.user, each.kind, critical=True)
    known.told = each


def _group(event: Event, world: World) -> tuple[str, bool]:
    """What the event belongs together with, and whether that is a whole service."""
    if event.object_type in OWN:
        return f"{event.act}:{event.object_id}", False
    service = world.subjects.service(event)
    by_person = bool(world.people.named(event.actor))
    if service is None or by_person or entity(event) not in ("finding", "acceptance"):
        return f"{event.object_type}:{event.object_id}", False
    return f"{event.act}:{service.pk}:{event.actor}"[:120], True


def _list_url(event: Event, found: Subjects) -> str:
    """The list that sums to what the message counts, as far as a filter can say it."""
    service = found.service(event)
    query = {"service": service.slug if service else ""}
    if event.act == "finding.overdue":
        query["clock"] = "overdue"
    elif fact(event, "severity") == "critical":
        query["severity"] = "critical"
    return f"{reverse('finding-list')}?{urlencode(query)}"


def _write(drafts: dict[Key, Draft], crowd: People) -> None:
    now = timezone.now()
    known = _young(drafts, now - WINDOW)
    fresh: list[Notification] = []
    graver: list[Notification] = []
    for key, draft in drafts.items():
        if key in known:
            if draft.told.critical and not known[key].critical:
                graver.append(known[key])
            _grow(known[key], draft)
            continue
        preference = crowd.preferences.get(draft.told.user.pk)
        if any(wants(preference, channel, draft.told.kind) for channel in PERSONAL):
            fresh.append(_notification(draft))
    grown = [known[key] for key in drafts if key in known]
    # An upsert, since `bulk_update` writes a CASE for each column and row, which takes seconds.
    Notification.objects.bulk_create(
        grown,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["count", "at", "act", "url", "facts", "actor", "critical", "object_text"],
    )
    Notification.objects.bulk_create(fresh, batch_size=500)
    _send(fresh, crowd)
    if graver:
        _hasten(graver, crowd)


def _young(drafts: dict[Key, Draft], since: object) -> dict[Key, Notification]:
    """Unread messages of the window that these drafts add to."""
    groups = {group for _, _, group in drafts}
    users = {user for user, _, _ in drafts}
    rows = Notification.objects.filter(
        Q(user__in=users), group__in=groups, read_at=None, created_at__gte=since
    ).order_by("pk")
    return {(row.user_id, row.kind, row.group): row for row in rows}


def _grow(row: Notification, draft: Draft) -> None:
    if row.act != draft.event.act:
        row.facts = {"mixed": True}
    row.count += draft.count
    row.at, row.act, row.actor = draft.event.at, draft.event.act, draft.event.actor
    row.url = (draft.about.list_url or _url(draft))[:300]
    row.object_text = draft.event.object_text
    row.critical = row.critical or draft.told.critical


def _notification(draft: Draft) -> Notification:
    event = draft.event
    facts = {name: fact(event, name) for name in FACTS if fact(event, name) is not None}
    return Notification(
        user_id=draft.told.user.pk,
        kind=draft.told.kind,
        act=event.act,
        group=draft.about.group,
        critical=draft.told.critical,
        object_type=event.object_type,
        object_id=event.object_id,
        object_text=event.object_text,
        service_text=draft.about.service[:200],
        url=_url(draft)[:300],
        unit=draft.about.unit,
        facts=facts,
        actor=event.actor,
        count=draft.count,
        at=event.at,
    )


def _url(draft: Draft) -> str:
    """The object, or the list where there are several; to administrators, the person it is about."""
    if draft.told.kind == Kind.OPERATIONS and draft.event.object_type == "user":
        return reverse("person-detail", args=[draft.event.object_id])
    several = draft.count > 1 and draft.about.list_url
    return draft.about.list_url if several else draft.about.url


def wants(preference: Preference | None, channel: str, kind: str) -> bool:
    """Whether a person wants this kind of message on this channel."""
    default = True if channel != "email" else ABOUT[kind].email
    chosen = preference.chosen.get(channel, {}) if preference else {}
    return bool(chosen.get(kind, default))


def _send(fresh: Iterable[Notification], crowd: People) -> None:
    """Hand each message to the channels that its person wants."""
    for channel in PERSONAL:
        wanted = _wanted(channel, fresh, crowd)
        made: list[Delivery] = personal(channel).accept(wanted, crowd.by_key, crowd.preferences)
        Delivery.objects.bulk_create(made, batch_size=500)


def _hasten(graver: Iterable[Notification], crowd: People) -> None:
    """What has become critical does not wait for a digest, nor count as mailed by what went before."""
    for channel in PERSONAL:
        wanted = _wanted(channel, graver, crowd)
        made: list[Delivery] = personal(channel).hasten(wanted, crowd.by_key, crowd.preferences)
        Delivery.objects.bulk_create(made, batch_size=500)


def _wanted(channel: str, rows: Iterable[Notification], crowd: People) -> list[Notification]:
    return [row for row in rows if wants(crowd.preferences.get(row.user_id), channel, row.kind)]
