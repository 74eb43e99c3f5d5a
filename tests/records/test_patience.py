"""Waiting for a database: again and again, but not for ever, and not for what cannot mend."""

from __future__ import annotations

import pytest
from django.db import InterfaceError, OperationalError, transaction

from shield.records.patience import patiently

GONE = OperationalError("server closed the connection unexpectedly")


class Flaky:
    """Raises the errors in turn, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.django_db(transaction=True)
def test_work_is_tried_again_with_growing_pauses() -> None:
    waits: list[float] = []
    work = Flaky(GONE, InterfaceError("connection already closed"), GONE)
    assert patiently(work, sleep=waits.append) == "done"
    assert waits == [0.2, 0.4, 0.8]


@pytest.mark.django_db(transaction=True)
def test_patience_ends() -> None:
    with pytest.raises(OperationalError):
        patiently(Flaky(*[GONE] * 10), patience_s=0.1, sleep=lambda seconds: None)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", ["no such table: records_run", "database or disk is full"])
def test_what_waiting_cannot_mend_is_raised_at_once(text: str) -> None:
    work = Flaky(OperationalError(text))
    with pytest.raises(OperationalError):
        patiently(work, sleep=lambda seconds: None)
    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
def test_inside_somebody_elses_transaction_nothing_is_repeated() -> None:
    work = Flaky(GONE)
    with pytest.raises(OperationalError), transaction.atomic():
        patiently(work, sleep=lambda seconds: None)
    assert work.calls == 1


@pytest.mark.django_db(transaction=True)
def test_other_errors_are_not_the_databases() -> None:
    work = Flaky(ValueError("a bug"))
    with pytest.raises(ValueError, match="a bug"):
        patiently(work, sleep=lambda seconds: None)
