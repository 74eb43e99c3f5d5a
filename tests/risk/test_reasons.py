"""A decision about limits, tiers or appetite has a reason from a short list, and words of the person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shield.accounts.models import User
from shield.records.models import Run
from shield.registry.models import Service
from shield.risk.models import Appetite, PolicyChange, PolicyException
from shield.risk.policies.exceptions import exception_propose
from shield.risk.policies.proposals import policy_propose
from shield.risk.policies.versions import version_in_force
from tests import sample_measurements as sample
from tests.risk.conftest import RATIO, changed
from tests.risk.test_api import post

pytestmark = pytest.mark.django_db


@pytest.fixture
def change(officer: User, failed: Run) -> PolicyChange:
    made = policy_propose(
        tier="high", base=version_in_force("high").number, reason="x", actor=officer,
        policy=changed(**{RATIO: {"threshold": {"min": 0.95}, "grave": None}}),
    )  # fmt: skip
    PolicyChange.objects.filter(pk=made.pk).update(backtest_state="done", backtest={})
    return made


def sent(user: User, name: str, pk: int, **form: str) -> int:
    client = Client()
    client.force_login(user)
    return client.post(reverse(name, args=[pk]), form).status_code


def test_a_decision_keeps_its_reason_in_words_before_the_note(
    approver: User, change: PolicyChange
) -> None:
    decide = {"decision": "approve", "category": "evidence", "note": "As minuted."}
    assert sent(approver, "policy-change-decide", change.pk, **decide) == 302
    change.refresh_from_db()
    assert change.decision_note == "The evidence supports it: As minuted."


@pytest.mark.parametrize("category", ["", "weak", "nothing"])
def test_a_reason_that_is_missing_or_fits_the_other_decision_is_refused(
    approver: User, change: PolicyChange, category: str
) -> None:
    decide = {"decision": "approve", "category": category, "note": "As minuted."}
    assert sent(approver, "policy-change-decide", change.pk, **decide) == 422
    change.refresh_from_db()
    assert change.is_open


def test_a_proposal_is_taken_back_with_a_reason(officer: User, change: PolicyChange) -> None:
    assert sent(officer, "policy-change-withdraw", change.pk) == 422
    assert sent(officer, "policy-change-withdraw", change.pk, category="replaced") == 302
    change.refresh_from_db()
    assert change.state == "withdrawn"


def test_the_api_takes_a_reason_by_code_or_in_own_words(
    officer: User, approver: User, change: PolicyChange
) -> None:
    address = f"/policy-changes/{change.pk}/reject/"
    assert post(approver, address, reason=" ", note="").status_code == 400
    assert post(approver, address, reason="risk", note="Too wide.").status_code == 200
    change.refresh_from_db()
    assert change.decision_note == "The risk is too high: Too wide."
    made = post(officer, "/appetites/", unit="general", max_score=20, reason="board", comment="May")
    assert made.status_code == 201, made.content
    assert Appetite.objects.get().reason == "The board or a committee decided it: May"
    pk = made.json()["id"]
    done = post(approver, f"/appetites/{pk}/approve/", reason="Agreed in May.")
    assert done.json()["decision_note"] == "Agreed in May."


def test_an_exception_ends_before_its_time_for_a_reason(
    officer: User, approver: User, service: Service
) -> None:
    made = exception_propose(
        service=service, check=sample.RATIO, minimum=0.9, maximum=None, reason="x", actor=officer,
        expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip
    PolicyException.objects.filter(pk=made.pk).update(
        state="approved", decider=approver, decided_at=timezone.now()
    )
    address = f"/policy-exceptions/{made.pk}/end/"
    assert post(officer, address).status_code == 400
    assert post(officer, address, reason="not_needed").status_code == 200
    made.refresh_from_db()
    assert made.ended_at is not None
