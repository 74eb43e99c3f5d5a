"""What the clock does to findings: each a few lines over a service."""

from __future__ import annotations

from celery import shared_task

from shield.findings.services import (
    acceptances_expire,
    acceptances_notice,
    mitigations_notice,
)


@shared_task
def acceptances_watch() -> None:
    """Every few minutes: end acceptances whose date has come, announce those that end soon, and say
    of those whose repair was due that its day is over."""
    acceptances_expire()
    acceptances_notice()
    mitigations_notice()
