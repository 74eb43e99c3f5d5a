"""Messages and webhooks to look at: of every kind, with everything that a text can carry."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import Grant, User
from shield.findings.models import Finding
from shield.notify.choices import Kind
from shield.notify.models import Attempt, Attending, Delivery, Endpoint, Notification
from shield.notify.secrets import sealed


def messages(person: User, finding: Finding, text: str) -> Delivery:
    """Messages of every kind to `person`, who also manages webhooks; a delivery that was given up."""
    Grant.objects.create(user=person, role=Role.ADMINISTRATOR)
    now = timezone.now()
    for place, kind in enumerate(Kind):
        Notification.objects.create(
            user=person, kind=kind, act="finding.comment", group=f"{kind}", shown=True,
            object_type="finding", object_id=finding.pk, object_text=text if place % 2 else str(finding),
            service_text=finding.service.name, url=finding.get_absolute_url(), unit=finding.unit_id,
            actor="somebody", at=now - timedelta(hours=place), critical=place == 3,
            count=1 + 7 * (place % 3), read_at=now if place > 6 else None,
        )  # fmt: skip
    Attending.objects.create(
        user=person, object_type="finding", object_id=str(finding.pk), attention="follow"
    )
    endpoint = Endpoint.objects.create(
        name=text[:60], url="https://hooks.example.org/" + "long/" * 20, unit=None, failures=6,
        acts=["finding.*", "run.finish"], secret=sealed("x"), created_by=text[:100],
        paused_until=now + timedelta(minutes=5), last_success_at=now - timedelta(days=1),
    )  # fmt: skip
    delivery = Delivery.objects.create(
        channel="webhook", endpoint=endpoint, act="finding.opened", due_at=now, state="dead",
        attempts=12, error=text, done_at=now,
    )  # fmt: skip
    Delivery.objects.create(
        channel="webhook", endpoint=endpoint, act="run.finish", due_at=now, attempts=1
    )
    Attempt.objects.create(
        delivery=delivery, status=500, duration_ms=812, error="HTTP 500",
        request=f"POST {endpoint.url}\nContent-Type: application/json\n\n{{}}",
        response=f"HTTP 500\nServer: x\n\n{text}",
    )  # fmt: skip
    Attempt.objects.create(delivery=delivery, duration_ms=10_000, error="outbound.late: no answer")
    return delivery
