"""Who is told of what: people hear of what they can act on.

Each event goes through the table `RULES` (by its act) and then through what holds for every act:
activity on what one owns or follows. Nobody is told of their own acts, of what they muted, or of
anything in a unit that they may not see. The policy answers each of these questions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from shield.accounts.models import User
from shield.audit.models import Event
from shield.notify.choices import Kind
from shield.notify.people import People, Place
from shield.notify.subjects import Subjects
from shield.records.models import Run

CRITICAL: Final = "critical"
PROPOSED: Final = frozenset({"propose", "proposed"})
DECIDED: Final = frozenset(
    {"approve", "approved", "reject", "rejected", "confirm", "confirmed", "decide", "decided"}
)
DECIDES: Final = {
    "acceptance": "acceptance.decide",
    "false_positive": "false_positive.decide",
    "policy": "policy.decide",
    "appetite": "appetite.decide",
    "tier": "tier.decide",
}
"""What is proposed → the act of deciding on it."""

VIEWS: Final = {
    "finding": "finding.view",
    "acceptance": "finding.view",
    "false_positive": "finding.view",
    "run": "run.view",
    "service": "service.view",
    "version": "service.view",
    "deployment": "service.view",
    "dataset": "dataset.view",
    "evidence": "service.view",
    "policy": "policy.view",
    "appetite": "risk.view",
    "tier": "risk.view",
    "statement": "framework.view",
    "framework": "framework.view",
    "incident": "incident.view",
    "webhook": "webhook.manage",
    "user": "account.own",
    "token": "account.own",
    "factor": "account.own",
    "account": "account.own",
}
"""The entity of an act → who may see such things at all; operations otherwise."""

TELLS_FOLLOWERS: Final = frozenset(
    {"finding", "acceptance", "false_positive", "run", "deployment", "service", "version", "tier"}
)


SIGN_IN: Final = frozenset({"user.invite", "factor.reset"})
"""What an administrator replaces of somebody's way in."""
BY_ANOTHER: Final = SIGN_IN | {"token.refused"}
"""What opens an account to whoever is behind it: its owner hears of it at once."""
ABOUT_ONESELF: Final = BY_ANOTHER | {
    "user.grant", "user.grant_remove", "user.switch_on", "token.create", "token.revoke"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One person is told of one event."""

    user: User
    kind: Kind
    critical: bool = False


@dataclass(slots=True)
class World:
    """What the rules look at: the people, the rows, and who proposed what (act's entity, object)."""

    people: People
    subjects: Subjects
    proposers: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def owner(self, event: Event) -> list[User]:
        """The account that owns the service, or the person behind the owner that its manifest names."""
        service = self.subjects.service(event)
        if service is None:
            return []
        return self.people.keyed(service.owner_user_id) or self.people.named(service.owner)

    def assignee(self, event: Event) -> list[User]:
        """Who works on the finding."""
        finding = self.subjects.finding(event)
        return self.people.named(finding.assignee) if finding and finding.assignee else []

    def workers(self, event: Event) -> list[User]:
        """The service's owner, the assignee, and who may work on findings there."""
        there = self.people.holding("finding.work", self.subjects.place(event))
        return [*self.assignee(event), *self.owner(event), *there]

    def proposer(self, event: Event) -> list[User]:
        """Who proposed what was decided: by the event, the row, or the event of the proposal."""
        said = fact(event, "proposer")
        row = getattr(self.subjects.of(event), "proposer", None)
        known = self.proposers.get((entity(event), event.object_type, event.object_id))
        return self.people.named(said or row or known)


Rule = Callable[[Event, World], Iterable[Told]]


def told(event: Event, world: World) -> list[Told]:
    """Everybody who is told of the event, each once, by the first rule that names them."""
    place = world.subjects.place(event)
    view = VIEWS.get(entity(event), "operations.view")
    keys = world.subjects.keys(event)
    muted = world.people.muting(keys)
    found: dict[int, Told] = {}
    for each in _all(event, world, keys):
        user = each.user
        own = user.get_username() == event.actor
        if user.pk in found or user.pk in muted or own:
            continue
        if _may_know(world.people, user, view, place):
            found[user.pk] = each
    return list(found.values())


def entity(event: Event) -> str:
    """`acceptance` of `acceptance.proposed`."""
    return event.act.partition(".")[0]


def verb(event: Event) -> str:
    """`propose` of `policy.exception_propose`."""
    return event.act.rpartition(".")[2].rpartition("_")[2]


def fact(event: Event, name: str, *, before: bool = False) -> object:
    """A fact of the event after (or before) it; None where there is none."""
    facts = event.before if before else event.after
    return facts.get(name) if isinstance(facts, dict) else None


def _may_know(people: People, user: User, view: str, place: Place) -> bool:
    return (view == "operations.view" and user.is_superuser) or people.sees(user, view, place)


def _all(event: Event, world: World, keys: list[tuple[str, str]]) -> Iterator[Told]:
    rule = RULES.get(event.act) or _by_verb(event)
    if rule is not None:
        yield from rule(event, world)
    if fact(event, "assignee") and fact(event, "assignee") != fact(event, "assignee", before=True):
        yield from _each(world.people.named(fact(event, "assignee")), Kind.ASSIGNED)
    if entity(event) in TELLS_FOLLOWERS:
        mine = world.assignee(event) if entity(event) != "run" else []
        yield from _each([*mine, *world.people.following(keys)], Kind.ACTIVITY)


def _by_verb(event: Event) -> Rule | None:
    if entity(event) in DECIDES and verb(event) in PROPOSED:
        return _proposed
    if entity(event) in DECIDES and verb(event) in DECIDED:
        return _decided
    return _incident if entity(event) == "incident" else None


def _each(users: Iterable[User], kind: Kind, *, critical: bool = False) -> Iterator[Told]:
    return (Told(user, kind, critical) for user in users)


def _holders(event: Event, world: World, *acts: str) -> list[User]:
    place = world.subjects.place(event)
    return [user for act in acts for user in world.people.holding(act, place)]


def _proposed(event: Event, world: World) -> Iterator[Told]:
    return _each(_holders(event, world, DECIDES[entity(event)]), Kind.DECISION)


def _decided(event: Event, world: World) -> Iterator[Told]:
    return _each(world.proposer(event), Kind.DECIDED)


def _incident(event: Event, world: World) -> Iterator[Told]:
    users = [*_holders(event, world, "incident.manage"), *world.owner(event)]
    return _each(users, Kind.INCIDENT, critical=fact(event, "severity") == CRITICAL)


def _graver(event: Event, world: World) -> Iterator[Told]:
    is_new = fact(event, "severity", before=True) != CRITICAL
    if fact(event, "severity") == CRITICAL and is_new:
        yield from _each(world.workers(event), Kind.CRITICAL, critical=True)


def _regressed(event: Event, world: World) -> Iterator[Told]:
    return _each(world.workers(event), Kind.REGRESSED, critical=fact(event, "severity") == CRITICAL)


def _acceptance_ended(event: Event, world: World) -> Iterator[Told]:
    yield from _each([*world.proposer(event), *world.workers(event)], Kind.REGRESSED)


def _finished(event: Event, world: World) -> Iterator[Told]:
    run = world.subjects.of(event)
    gate = fact(event, "gate")
    failed = isinstance(gate, dict) and gate.get("outcome") == "fail"
    if failed and isinstance(run, Run) and run.version_id in world.subjects.serving:
        yield from _each(world.workers(event), Kind.GATE, critical=True)
    yield from _ended(event, world)


def _ended(event: Event, world: World) -> Iterator[Told]:
    run = world.subjects.of(event)
    if isinstance(run, Run):
        yield from _each(world.people.named(run.requested_by), Kind.RUN)


def _due_soon(event: Event, world: World) -> Iterator[Told]:
    users = world.assignee(event) or [
        *world.owner(event),
        *_holders(event, world, "finding.triage"),
    ]
    return _each(users, Kind.DEADLINE)


def _overdue(event: Event, world: World) -> Iterator[Told]:
    triage = _holders(event, world, "finding.triage")
    users = [*world.assignee(event), *world.owner(event), *triage]
    return _each(users, Kind.DEADLINE, critical=fact(event, "severity") == CRITICAL)


def _deadline(*acts: str) -> Rule:
    """A deadline of those who may do one of these acts there, of the owner and of who proposed it."""

    def rule(event: Event, world: World) -> Iterator[Told]:
        named = [*world.proposer(event), *world.assignee(event), *world.owner(event)]
        return _each([*named, *_holders(event, world, *acts)], Kind.DEADLINE)

    return rule


def _authority(event: Event, world: World) -> Iterator[Told]:
    users = [*world.owner(event), *_holders(event, world, "incident.manage")]
    return _each(users, Kind.DEADLINE, critical=True)


def _appetite(event: Event, world: World) -> Iterator[Told]:
    return _each([*world.owner(event), *_holders(event, world, "appetite.propose")], Kind.APPETITE)


def _operations(event: Event, world: World) -> Iterator[Told]:
    operators = [user for user in world.people.users if user.is_superuser]
    users = [*operators, *_holders(event, world, "operations.view")]
    return _each(users, Kind.OPERATIONS, critical=True)


def _webhook(event: Event, world: World) -> Iterator[Told]:
    return _each(_holders(event, world, "webhook.manage"), Kind.OPERATIONS)


def _account(event: Event, world: World) -> Iterator[Told]:
    key = getattr(world.subjects.of(event), "user_id", None)
    if event.object_type == "user":
        key = int(event.object_id)
    users = world.people.keyed(key) or world.people.named(fact(event, "user"))
    yield from _each(users, Kind.ACCOUNT, critical=event.act in BY_ANOTHER)
    if event.act in SIGN_IN:  # whoever did it could act as this person: colleagues know, too
        yield from _each(_holders(event, world, "user.manage"), Kind.OPERATIONS)


RULES: Final[dict[str, Rule]] = {
    "finding.opened": _graver,
    "finding.severity": _graver,
    "finding.regressed": _regressed,
    "finding.reopened": _regressed,
    "acceptance.expired": _acceptance_ended,
    "acceptance.worse": _acceptance_ended,
    "acceptance.graver": _acceptance_ended,
    "acceptance.lapsed": _decided,
    "run.finish": _finished,
    "run.fail": _ended,
    "run.error": _ended,
    "finding.due_soon": _due_soon,
    "finding.overdue": _overdue,
    "acceptance.expiring": _deadline("acceptance.propose"),
    "acceptance.mitigation_due": _deadline("acceptance.propose"),
    "policy.review_due": _deadline("policy.propose"),
    "policy.review_missed": _deadline("policy.propose"),
    "policy.exception_expiring": _deadline("policy.propose"),
    "policy.exception_expired": _deadline("policy.propose"),
    "tier.review_due": _deadline("tier.assess"),
    "tier.review_missed": _deadline("tier.assess"),
    "evidence.stale_soon": _deadline("run.start"),
    "evidence.stale": _deadline("run.start"),
    "incident.notify_soon": _deadline("incident.manage"),
    "incident.notify_overdue": _authority,
    "statement.expiring": _deadline("statement.sign"),
    "statement.expired": _deadline("statement.sign"),
    "appetite.breach": _appetite,
    "audit.broken": _operations,
    "operations.trouble": _operations,
    "webhook.dead": _webhook,
    **dict.fromkeys(ABOUT_ONESELF, _account),
}
