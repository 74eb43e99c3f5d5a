"""A small world with one of everything, and the one list of all pages that the tests visit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from shield.audit.services import events_seal, record, trail_verify
from shield.evidence.measurement import Measurement
from shield.findings.models import Acceptance, Finding
from shield.findings.proposals import Terms
from shield.findings.services import (
    acceptance_approve,
    acceptance_propose,
    false_positive_propose,
    finding_comment,
    findings_update,
    ticket_add,
)
from shield.notify.models import Delivery
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.models import Dataset, Service, Version
from shield.uploads.services import upload_start
from shield.web.models import SavedView
from tests import factories
from tests import sample_measurements as sample
from tests.support.governance import governance
from tests.support.handing_in import handed_in
from tests.support.messages import messages
from tests.support.pages_oversight import (
    audit_pages,
    governance_pages,
    message_pages,
    risk_pages,
)
from tests.support.pages_work import assessment_pages, data_pages, finding_pages
from tests.support.proposals import proposals

PASSWORD = "correct horse"
LONG = "Ünïcødé-" * 25  # 200 characters without a space
BIDI = 'نظام الإقراض \u202eevil\u202c <script>alert(1)</script> & "quotes"'


@dataclass(frozen=True)
class World:
    """What there is to look at."""

    user: User
    service: Service
    hostile: Service
    earlier: Run
    run: Run
    running: Run
    failed: Run
    errored: Run
    finding: Finding
    dataset: Dataset
    event: Event
    erased: Dataset
    delivery: Delivery
    accepted: Acceptance
    proposed: Acceptance
    proposals: tuple[str, ...]
    governance: tuple[str, ...]


def world(username: str = "mira") -> World:
    """An engineer, a service with two finished runs and findings, and everything that can go wrong."""
    person = factories.user(username)
    service = factories.service(owner=BIDI[:200])
    old, new = (factories.version(service, label) for label in ("2026.10", "2026.11"))
    factories.deployment(old)
    earlier = _finished(factories.run(old), days=30)
    run = _finished(factories.run(new, _drifted(sample.loan_measurements())), days=2)
    finding, graver = Finding.objects.order_by("pk")[:2]
    Finding.objects.filter(pk=graver.pk).update(severity="critical")
    Finding.objects.filter(pk=finding.pk).update(due_at=timezone.now() - timedelta(days=1))
    SERVICE_CHANGED.tell([service.pk])
    finding_comment(finding=finding, text=f"{BIDI}\n{LONG}", actor=person)
    running = factories.run(new, state=RunState.RUNNING)
    hostile = factories.service("hostile", name=BIDI, purpose=LONG, tier="critical")
    factories.version(hostile, LONG[:100])
    failed = factories.run(factories.version(factories.service("fraud-triage"), "3"),
                           state=RunState.FAILED)  # fmt: skip
    errored = factories.run(
        failed.version, state=RunState.ERRORED,
        error={"code": "engine.crash", "message": "A check raised KeyError.", "hint": "Report it."},
    )  # fmt: skip
    factories.service("never-assessed")
    handed_in(person, run, f"{BIDI} {LONG}"[:200])
    upload_start(owner=person, name=BIDI[:200], size=10**9, sha256="0" * 64)
    return World(
        user=person, service=service, hostile=hostile, earlier=earlier, run=run, running=running,
        failed=failed, errored=errored, finding=Finding.objects.get(pk=finding.pk),
        dataset=run.datasets.get(), event=_trail(hostile), erased=_erased(failed.version),
        delivery=messages(person, finding, BIDI), **_decisions(),
        proposals=proposals(service, f"{BIDI} {LONG}"),
        governance=governance(service, f"{BIDI}\n{LONG}"),
    )  # fmt: skip


def _decisions() -> dict[str, Acceptance]:
    """A risk that is accepted, one that waits for a decision, and a claim of a false positive."""
    officer = factories.user("olga", role=Role.RISK_OFFICER)
    accepted, proposed, claimed = Finding.objects.order_by("-pk")[:3]
    terms = Terms("mitigate", "controls", f"{BIDI}\n{LONG}", timezone.now() + timedelta(days=20),
                  BIDI, (timezone.now() + timedelta(days=9)).date())  # fmt: skip
    made = [
        acceptance_propose(finding=each, terms=terms, actor=officer)
        for each in (accepted, proposed)
    ]
    approver = factories.user("anna", role=Role.APPROVER)
    acceptance_approve(acceptance=made[0], note=BIDI, actor=approver)
    false_positive_propose(
        finding=claimed, category="wrong_label", reason=BIDI, evidence=LONG, actor=officer
    )
    ticket_add(finding=claimed, url="https://tracker.example/1", title=BIDI, actor=officer)
    SavedView.objects.create(user=officer, page="finding-list", name=BIDI[:80], scope="everyone")
    return {"accepted": made[0], "proposed": made[1]}


def _erased(of: Version) -> Dataset:
    """Data that was given up, for a reason with everything that a text can carry."""
    gone = of.datasets.get()
    gone.file.erased_at, gone.file.erased_for = timezone.now(), "request"
    gone.file.erased_by, gone.file.erased_reason = "mira", BIDI
    gone.file.save()
    return gone


def _trail(of: Service) -> Event:
    """An event with everything that a text can carry, sealed; the trail was verified."""
    event = record(
        actor="mira", act="service.change", object_type="service", object_id=of.pk,
        object_text=BIDI, before={"purpose": "", "tier": "low"}, after={"purpose": LONG, BIDI: [1]},
        reason=f"{BIDI}\n{LONG}", unit=of.unit_id,
    )  # fmt: skip
    events_seal()
    trail_verify(actor="mira")
    return event


def _drifted(found: list[Measurement]) -> list[Measurement]:
    """The same measurements, with the ratios far worse than in the run before."""
    return [
        sample.judged(
            replace(item, value=0.5, interval=replace(item.interval, low=0.45, high=0.55))
        )
        if item.check == sample.RATIO
        else item
        for item in found
    ]


def _finished(run: Run, *, days: int) -> Run:
    at = timezone.now() - timedelta(days=days)
    Run.objects.filter(pk=run.pk).update(queued_at=at, started_at=at, finished_at=at)
    run.refresh_from_db()
    findings_update(run=run)
    return run


AREAS = (
    assessment_pages,
    finding_pages,
    data_pages,
    message_pages,
    audit_pages,
    risk_pages,
    governance_pages,
)


STATUS = {"not found": 404}
"""What the pages answer that are no 200."""


def pages(of: World) -> dict[str, str]:
    """Every page that somebody with all roles can open, by name; add new ones to their area."""
    found = {"not found": "/there-is-nothing-here/"}
    for area in AREAS:
        found |= area(of)
    return found
