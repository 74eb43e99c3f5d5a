"""The clock of messages: each task calls one service."""

from __future__ import annotations

from celery import shared_task

from shield.notify import deadlines, deliveries, operations, reading


@shared_task
def read() -> int:
    """Every few seconds: what happened becomes messages and deliveries."""
    return reading.read()


@shared_task
def read_again() -> int:
    """Every quarter of an hour: events that could not be handled before."""
    return reading.read_again()


@shared_task
def dispatch() -> None:
    """Every few seconds: a task for each line in which something is due; lines do not wait for each other."""
    for channel, queue in deliveries.lines():
        deliver.apply_async(kwargs={"channel": channel, "queue": queue}, expires=60)


@shared_task
def deliver(channel: str, queue: str) -> int:
    """Send what is due in one line."""
    return deliveries.deliver(channel=channel, queue=queue)


@shared_task
def remind() -> int:
    """Every quarter of an hour: deadlines that come near or have passed."""
    return deadlines.announce()


@shared_task
def watch() -> list[str]:
    """Every five minutes: what stands still in this installation."""
    return operations.watch()


@shared_task
def prune() -> int:
    """Every day: old messages and logs."""
    return reading.prune()
