"""One of everything in a person's own business unit and in a foreign one, and which route names which.

`OBJECTS` maps the beginning of a route's name (without `api-`; the longest wins) to a function that
makes or finds the object in one of the two units and says the arguments of the address. It is called for
lists too, so that there is a foreign row which could leak. Make texts with `side.mark(...)`: whatever
carries the foreign mark must never reach a person of the other unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.utils import timezone

from assessments.models import Submission
from shield.accounts.choices import Role
from shield.accounts.models import ApiToken, BusinessUnit, User
from shield.accounts.sealing import seal
from shield.accounts.services import token_create
from shield.audit.models import Event
from shield.audit.services import record
from shield.findings.models import Acceptance, FalsePositive, Finding, Ticket
from shield.findings.proposals import measured
from shield.findings.services import findings_update
from shield.frameworks.models import CoverageRow, Statement
from shield.frameworks.services import statement_sign
from shield.incidents.models import Incident
from shield.incidents.services import incident_report
from shield.notify.models import Attending, Delivery, Endpoint, Notification
from shield.notify.secrets import sealed
from shield.records.choices import RunState
from shield.records.models import Run
from shield.registry.models import Dataset, Deployment, Service, Version
from shield.risk.models import Appetite, PolicyChange, PolicyException, TieringAssessment
from shield.risk.policies.versions import version_in_force
from shield.risk.tiering.questionnaire import evaluate, questionnaire
from shield.uploads.services import upload_start
from shield.web.models import SavedView
from tests import factories
from tests import sample_measurements as sample

OWN: Final = "h0me"
FOREIGN: Final = "f0reign"


@dataclass(frozen=True)
class Side:
    """A business unit with one of everything."""

    name: str
    unit: BusinessUnit
    service: Service
    version: Version
    deployment: Deployment
    dataset: Dataset
    run: Run
    running: Run
    finding: Finding
    person: User

    def mark(self, text: str) -> str:
        """A text by which this side's rows are known in any answer."""
        return f"{self.name} {text}"


def side(name: str) -> Side:
    """The rows of one unit; every text of them carries `name`."""
    unit = factories.unit(f"{name}-unit")
    service = factories.service(
        f"{name}-service", name=f"{name} service", owner=f"{name}@example.org",
        purpose=f"{name} purpose", unit=unit,
    )  # fmt: skip
    version = factories.version(service, f"{name}-1")
    deployment = factories.deployment(version)
    run = factories.run(version)
    findings_update(run=run)
    finding = Finding.objects.filter(service=service).order_by("pk")[0]
    running = factories.run(version, state=RunState.RUNNING)
    return Side(
        name,
        unit,
        service,
        version,
        deployment,
        version.datasets.get(),
        run,
        running,
        finding,
        factories.user(f"{name}-person", unit=unit),
    )


Arguments = dict[str, object]


def _event(of: Side) -> Event:
    return record(
        actor=of.mark("person"), act="service.change", object_type="service",
        object_id=of.service.pk, object_text=str(of.service), reason=of.mark("reason"),
        unit=of.unit.pk,
    )  # fmt: skip


def _statement(of: Side) -> Statement:
    return statement_sign(
        framework="mas-feat", requirement="5", text=of.mark("statement"), days=30,
        actor=factories.user(role=Role.RISK_OFFICER), service=of.service,
    )  # fmt: skip


def _coverage(of: Side) -> CoverageRow:
    return CoverageRow.objects.get_or_create(service=of.service, framework="mas-feat")[0]


def _incident(of: Side) -> Incident:
    return incident_report(
        service=of.service, title=of.mark("incident"), what_happened=of.mark("story"),
        severity="high", noticed_at=timezone.now(), actor=factories.user(),
        findings=[of.finding],
    )  # fmt: skip


def _webhook(of: Side) -> Arguments:
    endpoint = Endpoint.objects.create(
        name=of.mark("webhook"), url=f"https://{of.name}.example.org/", unit=of.unit,
        acts=["finding.*"], secret=sealed("x"), created_by=of.mark("maker"),
    )  # fmt: skip
    delivery = Delivery.objects.create(
        channel="webhook", endpoint=endpoint, act="ping", due_at=timezone.now(), state="dead",
        error=of.mark("error"),
    )  # fmt: skip
    return {"pk": endpoint.pk, "delivery": delivery.pk}


def _submission(of: Side) -> Submission:
    return Submission.objects.create(
        owner=factories.user(), unit=of.unit, service_slug=of.service.slug,
        version_label=of.mark("version"), manifest=of.mark("manifest"), run=of.run, state="running",
    )  # fmt: skip


def _acceptance(of: Side) -> Acceptance:
    found = Acceptance.objects.filter(finding=of.finding).first()
    return found or Acceptance.objects.create(
        finding=of.finding, proposer=factories.user(), treatment="accept", category="other",
        reason=of.mark("reason"), expires_at=timezone.now() + timedelta(days=9),
        **measured(of.finding),
    )  # fmt: skip


def _claim(of: Side) -> FalsePositive:
    found = FalsePositive.objects.filter(finding=of.finding).first()
    return found or FalsePositive.objects.create(
        finding=of.finding, proposer=factories.user(), category="other", reason=of.mark("reason"),
        evidence=of.mark("evidence"), **measured(of.finding),
    )  # fmt: skip


def _ticket(of: Side) -> Ticket:
    return Ticket.objects.create(
        finding=of.finding, url=f"https://{of.name}.example.org/1", added_by=of.mark("adder")
    )


def _appetite(of: Side) -> Appetite:
    return Appetite.objects.create(
        unit=of.unit, max_score=50.0, reason=of.mark("appetite"), proposer=factories.user()
    )


def _tiering(of: Side) -> TieringAssessment:
    asked = questionnaire()
    answers = {question.id: question.choices[0].id for question in asked.questions}
    return TieringAssessment.objects.create(
        service=of.service, questionnaire=asked.id, answers=answers, tier="low",
        tier_before="high", result=evaluate(asked, answers).as_json(), state="proposed",
        review_at=timezone.now(), reason=of.mark("tiering"), proposer=factories.user(),
    )  # fmt: skip


def _policy_change(of: Side) -> PolicyChange:
    base = version_in_force("high")
    return PolicyChange.objects.create(
        tier="high", base=base, document=base.document, cadence_days=30,
        reason=f"{OWN} tighter", proposer=factories.user(), backtest_state="done", backtest_at=timezone.now(),
        backtest=_report(),
    )  # fmt: skip


def _report() -> dict[str, object]:
    """What a back-test would say with an example of each unit: names are for who may see the service."""
    examples = [
        {
            "measurement": found.measurement_id, "run": str(found.last_run_id),
            "service": found.service.slug, "service_name": found.service.name, "version": "1",
            "check": found.check_id, "slice": found.slice, "value": 0.5, "low": 0.4, "high": 0.6,
            "n": 9, "from": "pass", "to": "fail", "finding": found.pk, "label": found.label,
            "title": found.title, "severity": found.severity,
        }
        for found in Finding.objects.select_related("service")
    ]  # fmt: skip
    part = {"total": len(examples), "examples": examples}
    return {
        "days": 180, "runs": 2, "runs_left_out": 0, "services": 2, "measurements": 2,
        "outcomes": {**part, "by": []}, "gates": part, "opens": part, "closes": part, "unseen": [],
    }  # fmt: skip


def _policy_exception(of: Side) -> PolicyException:
    return PolicyException.objects.create(
        service=of.service, base=version_in_force("high"), check_id=sample.RATIO,
        threshold_min=0.7, expires_at=timezone.now() + timedelta(days=9),
        reason=of.mark("exception"), proposer=factories.user(),
    )  # fmt: skip


OBJECTS: Final[dict[str, Callable[[Side], Arguments]]] = {
    "docs": lambda of: {"group": "uploads"},
    "risk": lambda of: {"slug": of.service.slug},
    "risk-unit": lambda of: {"slug": of.unit.slug},
    "appetite": lambda of: {"pk": _appetite(of).pk},
    "tiering": lambda of: {"pk": _tiering(of).pk},
    "tiering-assess": lambda of: {"slug": of.service.slug},
    "policy": lambda of: {"tier": "high", "number": 1, "pk": version_in_force("high").pk},
    "policy-change": lambda of: {"pk": _policy_change(of).pk},
    "policy-exception": lambda of: {"pk": _policy_exception(of).pk},
    "policy-exception-propose": lambda of: {"slug": of.service.slug},
    "assessment": lambda of: {"pk": _submission(of).pk},
    "submission": lambda of: {"pk": _submission(of).pk},
    "audit": lambda of: {"pk": _event(of).pk},
    "history": lambda of: {"pk": _event(of).pk},
    "person": lambda of: {"pk": of.person.pk},
    "person-token": lambda of: {"pk": _token(of.person).pk},
    "grant": lambda of: {"pk": of.person.grants.get().pk},
    "unit": lambda of: {"slug": of.unit.slug, "pk": of.unit.pk},
    "service": lambda of: {"slug": of.service.slug, "pk": of.service.pk},
    "framework": lambda of: {"framework": "mas-feat"},
    "service-framework": lambda of: {"slug": of.service.slug, "framework": "mas-feat"},
    "coverage": lambda of: {"pk": _coverage(of).pk},
    "statement": lambda of: {"pk": _statement(of).pk},
    "statement-sign": lambda of: {
        "slug": of.service.slug,
        "framework": "mas-feat",
        "requirement": "5",
    },
    "incident": lambda of: {"pk": _incident(of).pk, "move": "investigate"},
    "webhook": _webhook,
    "webhook-delivery-detail": lambda of: {"pk": _webhook(of)["delivery"]},
    "version": lambda of: {"pk": of.version.pk},
    "deployment": lambda of: {"pk": of.deployment.pk},
    "deployment-start": lambda of: {"slug": of.service.slug},
    "dataset": lambda of: {"pk": of.dataset.pk},
    "finding": lambda of: {"pk": of.finding.pk},
    "finding-ticket-remove": lambda of: {"pk": of.finding.pk, "ticket": _ticket(of).pk},
    "finding-false-positive": lambda of: {"pk": of.finding.pk, "claim": _claim(of).pk},
    "acceptance": lambda of: {"pk": _acceptance(of).pk},
    "acceptance-propose": lambda of: {"pk": of.finding.pk},
    "false-positive": lambda of: {"pk": _claim(of).pk},
    "run": lambda of: {"pk": of.run.pk, "uuid": of.run.pk, "kind": "json", "form": "html"},
    "run-check": lambda of: {"pk": of.run.pk, "check_id": sample.DIFFERENCE},
    "run-start": lambda of: {"pk": of.version.pk},
    "run-cancel": lambda of: {"pk": of.running.pk},
}

PERSONAL: Final[dict[str, Callable[[User], Arguments]]] = {
    "saved-view": lambda of: {
        "pk": SavedView.objects.create(user=of, page="run-list", name="x").pk
    },
    "upload": lambda of: {
        "pk": upload_start(owner=of, name=of.username, size=1, sha256="0" * 64).pk
    },
    "account-token": lambda of: {"pk": _token(of).pk},
    "token": lambda of: {"pk": _token(of).pk},
    "session": lambda of: {"pk": _session(of).pk},
    "notification": lambda of: {"pk": _notification(of).pk},
    "attention": lambda of: _attends(of) and {},
    "mfa_deactivate_totp": lambda of: _factor(of, "totp", secret="x") and {},
    "mfa_view_recovery_codes": lambda of: _factor(of, "recovery_codes", seed="x") and {},
    "mfa_remove_webauthn": lambda of: {"pk": _factor(of, "webauthn", name="phone").pk},
}
"""What belongs to a person, not to a unit: the own object is there, somebody else's is not."""


def _token(of: User) -> ApiToken:
    return token_create(user=of, name=f"{of.username} token", days=1, actor="")[0]


def _notification(of: User) -> Notification:
    return Notification.objects.create(
        user=of, kind="activity", act="finding.comment", group="x", shown=True,
        object_type="finding", object_id=1, object_text=f"{of.username} finding", url="/",
        unit=of.grants.get().unit_id, actor="x", at=timezone.now(),
    )  # fmt: skip


def _attends(of: User) -> Attending:
    return Attending.objects.create(
        user=of, object_type="service", object_id=of.username, attention="follow"
    )


def _session(of: User) -> UserSession:
    return UserSession.objects.create(
        user=of, ip="192.0.2.1", session_key=f"{of.pk}-session", user_agent=of.username
    )


def _factor(of: User, kind: str, **data: str) -> Authenticator:
    sealed = {key: seal(value) if key != "name" else value for key, value in data.items()}
    return Authenticator.objects.create(user=of, type=kind, data=sealed | {"used_mask": 0})


SHARED: Final = (
    "framework",
    "policy-tier",
    "docs",
    "policy-version",
    "policy-propose",
    "policy-review",
    "policy-change",
)
"""Beginnings of names of routes whose objects belong to the whole organisation: no unit hides them.

What an answer says is another matter: no text of a foreign unit stands in any.
"""

Maker = TypeVar("Maker")


def objects_of(route: str) -> Callable[[Side], Arguments]:
    """The function for a route; nothing for one whose address names no object."""
    return _fitting(route, OBJECTS) or (lambda of: {})


def personal(route: str) -> Callable[[User], Arguments] | None:
    """The function for a route that names an own object of a person."""
    return _fitting(route, PERSONAL)


def is_shared(route: str) -> bool:
    """Whether no unit hides what the route names."""
    return _fitting(route, dict.fromkeys(SHARED, True)) is not None


def _fitting(route: str, table: dict[str, Maker]) -> Maker | None:
    """What the table says for the longest beginning of the route's name."""
    bare = route.removeprefix("api-")
    fitting = [start for start in table if bare == start or bare.startswith(f"{start}-")]
    return table[max(fitting, key=len)] if fitting else None
