"""Webhooks: signed events to addresses that administrators have named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from shield.audit.models import Event
from shield.audit.services import record
from shield.common import outbound
from shield.common.errors import ShieldError
from shield.notify.channels.base import Result, free
from shield.notify.channels.webhook.payload import body, ping
from shield.notify.channels.webhook.signing import signature
from shield.notify.models import Attempt, Delivery, Endpoint
from shield.notify.schedule import WEBHOOK_WAITS
from shield.notify.secrets import keys_of

NAME: Final = "webhook"
TRIPS: Final = 5
"""Failures in a row after which an endpoint is left alone for a while."""
PAUSES: Final = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 30))
LOGGED: Final = 2_000
TELL_EVERY: Final = timedelta(hours=6)
MOST_WAIT: Final = timedelta(hours=1)


class Webhook:
    """One line for each endpoint, so that one that hangs delays nobody else.

    The circuit breaker: after `TRIPS` failures in a row the line rests; after the rest a single
    delivery tries, and its success opens the line again. A delivery's own waits go on meanwhile.
    """

    waits = WEBHOOK_WAITS

    def queues(self, now: datetime) -> list[str]:
        """Endpoints that take deliveries and have one that is due."""
        due = Delivery.objects.filter(free(now), channel=NAME).values("endpoint")
        rested = Q(paused_until=None) | Q(paused_until__lte=now)
        rows = Endpoint.objects.filter(rested, active=True, pk__in=due)
        return [str(pk) for pk in rows.order_by("pk").values_list("pk", flat=True)]

    def due(self, queue: str, now: datetime) -> QuerySet[Delivery]:
        """What is due, oldest first; only one while the endpoint has to prove itself."""
        endpoint = Endpoint.objects.filter(pk=int(queue), active=True).first()
        rows = Delivery.objects.filter(free(now), channel=NAME, endpoint=endpoint)
        if endpoint is None or (endpoint.paused_until and endpoint.paused_until > now):
            return rows.none()
        ordered = rows.order_by("created_at", "event")
        return ordered[:1] if endpoint.failures >= TRIPS else ordered

    def parcel(self, first: Delivery) -> QuerySet[Delivery]:
        """One request a delivery."""
        return Delivery.objects.filter(pk=first.pk)

    def send(self, parcel: Sequence[Delivery]) -> Result:
        """One signed POST."""
        (delivery,) = parcel
        endpoint = delivery.endpoint
        if endpoint is None or not endpoint.active:
            return Result(ok=False, dropped=True, error="the webhook is switched off")
        event = Event.objects.filter(pk=delivery.event or 0).first()
        if event is None and delivery.event is not None:
            return Result(ok=False, final=True, error="the event is gone")
        return post(endpoint, body(endpoint, event) if event else ping(endpoint, str(delivery.pk)),
                    delivery)  # fmt: skip

    def settled(self, parcel: Sequence[Delivery], result: Result, *, gave_up: bool) -> None:
        """The breaker's count; and administrators hear of deliveries that were given up."""
        endpoint = parcel[0].endpoint
        assert endpoint is not None
        now = timezone.now()
        rows = Endpoint.objects.filter(pk=endpoint.pk)
        if result.ok:
            rows.update(failures=0, paused_until=None, last_success_at=now)
        elif not result.dropped:
            failures = endpoint.failures + 1
            rest = PAUSES[min(max(failures - TRIPS, 0), len(PAUSES) - 1)]
            paused = now + rest if failures >= TRIPS else None
            rows.update(failures=F("failures") + 1, paused_until=paused, last_failure_at=now)
        if gave_up:
            _tell(endpoint, result, now)


def post(endpoint: Endpoint, content: bytes, delivery: Delivery) -> Result:
    """Sign and send; whatever comes back is a result with its line for the log."""
    now = timezone.now()
    kind = delivery.act or "ping"
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Shield-Webhook/1",
        "Shield-Event-Id": f"evt_{delivery.event}" if delivery.event else "evt_ping",
        "Shield-Delivery": str(delivery.pk),
    }
    attempt = Attempt(
        delivery=delivery, at=now, request=_head(f"POST {endpoint.url}", headers, content)
    )
    try:
        mark = signature(content, keys=keys_of(endpoint, now), timestamp=int(now.timestamp()))
        answer = outbound.request(
            "POST", endpoint.url, body=content, headers={**headers, "Shield-Signature": mark}
        )
    except ShieldError as error:
        attempt.error = f"{error.code}: {error.message}"[:300]
        attempt.duration_ms = _since(now)
        return Result(ok=False, error=attempt.error, attempt=attempt)
    attempt.status, attempt.duration_ms = answer.status, _since(now)
    attempt.response = _head(f"HTTP {answer.status}", answer.headers, answer.body)
    if 200 <= answer.status < 300:
        return Result(ok=True, attempt=attempt)
    moved = " (redirects are not followed)" if 300 <= answer.status < 400 else ""
    attempt.error = f"{kind}: HTTP {answer.status}{moved}"
    return Result(
        ok=False,
        error=attempt.error,
        final=answer.status == 410,
        retry_after=_asked(answer),
        attempt=attempt,
    )


def _asked(answer: outbound.Answer) -> timedelta | None:
    """How long a receiver that is busy asks to be left alone, within reason."""
    seconds = answer.headers.get("retry-after", "")
    if answer.status not in (429, 503) or not (seconds.isascii() and seconds.isdigit()):
        return None
    return min(timedelta(seconds=int(seconds[:6])), MOST_WAIT)


def _head(first: str, headers: Mapping[str, str], content: bytes) -> str:
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), ""]
    text = "\n".join(lines) + "\n" + content[:LOGGED].decode("utf-8", "replace")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:LOGGED]


def _since(start: datetime) -> int:
    return max(0, int((timezone.now() - start).total_seconds() * 1000))


def _tell(endpoint: Endpoint, result: Result, now: datetime) -> None:
    """An event, not more often than every few hours; from it administrators get their message."""
    quiet = Q(told_at=None) | Q(told_at__lt=now - TELL_EVERY)
    if not Endpoint.objects.filter(quiet, pk=endpoint.pk).update(told_at=now):
        return
    record(
        actor="system",
        act="webhook.dead",
        object_type="endpoint",
        object_id=endpoint.pk,
        object_text=str(endpoint),
        after={"error": result.error[:300]},
        unit=endpoint.unit_id,
    )
