"""Writing to the inventory. Each function is one transaction with its audit events."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from shield.common.errors import Conflict, InvalidInput
from shield.registry.changes import SERVICE_RETIRED
from shield.registry.choices import Environment, Tier
from shield.registry.history import FACTS, decide, event
from shield.registry.manifest.model import FRAMEWORKS
from shield.registry.models import Deployment, Service, Version
from shield.registry.registration import Guard, service_register

__all__ = [
    "Guard",
    "deployment_end",
    "deployment_start",
    "service_register",
    "service_restore",
    "service_retire",
    "service_update",
]


def service_update(
    *,
    service: Service,
    changes: Mapping[str, object],
    actor: str,
    reason: str = "",
    lowering_is_decided: bool = False,
) -> Service:
    """Change name, owner, purpose, tier or frameworks; what was before stays in the history.

    A tier is only ever raised here. Lowering it takes a second person, who has decided when
    `lowering_is_decided`: see the tiering of `shield.risk`. Owner and frameworks that were set here are
    no longer taken from the manifest.
    """
    unknown = set(changes) - set(FACTS)
    if unknown:
        raise InvalidInput(
            "service.unknown_fact",
            f"A service has no {', '.join(sorted(unknown))} that can be changed.",
            f"These can: {', '.join(FACTS)}.",
        )
    _refuse_bad_facts(changes)
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=service.pk)
        if not lowering_is_decided:
            _refuse_lower_tier(service, changes)
        decide(service, changes, actor, reason)
    return service


def _refuse_lower_tier(service: Service, changes: Mapping[str, object]) -> None:
    tiers = Tier.values
    wanted = str(changes.get("tier", service.tier))
    if tiers.index(wanted) < tiers.index(service.tier):
        raise Conflict(
            "service.lower_tier",
            f"{service} is in tier {service.tier}; lowering it to {wanted} is a decision of two.",
            "Answer the tiering questionnaire of the service; somebody else then decides.",
        )


def _refuse_bad_facts(changes: Mapping[str, object]) -> None:
    tier = changes.get("tier", Tier.LOW)
    frameworks = changes.get("frameworks", [])
    if tier not in Tier.values:
        raise InvalidInput("service.tier", f"There is no tier {tier!r}.", f"Use {Tier.values}.")
    if not isinstance(frameworks, list) or not set(frameworks) <= set(FRAMEWORKS):
        raise InvalidInput(
            "service.frameworks",
            "A framework is not known.",
            f"These are: {', '.join(FRAMEWORKS)}.",
        )
    empty = [fact for fact in ("name", "owner", "purpose") if changes.get(fact, "x") == ""]
    if empty:
        raise InvalidInput("service.empty", f"{', '.join(empty)} may not be empty.", "Say it.")
    for fact in ("name", "owner", "purpose"):
        lines = "\n\t" if fact == "purpose" else ""  # as in a manifest
        text = str(changes.get(fact, "")).replace("\r\n", "\n")
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in lines for c in text):
            raise InvalidInput(
                "service.characters",
                f"{fact} holds control characters or line ends.",
                "Remove them: lists, reports and terminals show this text.",
            )


def service_retire(*, service: Service, actor: str, reason: str) -> Service:
    """Take a service out of use: its deployments end, its history stays. Idempotent."""
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=service.pk)
        if service.retired_at is not None:
            return service
        now = timezone.now()
        for deployment in service.deployments.filter(ended_at=None):
            _end(deployment, now, actor, reason)
        service.retired_at = now
        service.save(update_fields=["retired_at", "updated_at"])
        event(
            actor, "service.retire", service, after={"retired_at": now.isoformat()}, reason=reason
        )
        SERVICE_RETIRED.tell(service_id=service.pk, retired=True, actor=actor, reason=reason)
    return service


def service_restore(*, service: Service, actor: str, reason: str) -> Service:
    """Take a retired service back into use, without any deployment. Idempotent."""
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=service.pk)
        if service.retired_at is None:
            return service
        before = {"retired_at": service.retired_at.isoformat()}
        service.retired_at = None
        service.save(update_fields=["retired_at", "updated_at"])
        event(actor, "service.restore", service, before=before, reason=reason)
        SERVICE_RETIRED.tell(service_id=service.pk, retired=False, actor=actor, reason=reason)
    return service


def deployment_start(
    *,
    version: Version,
    environment: str,
    actor: str,
    at: datetime | None = None,
    reason: str = "",
) -> Deployment:
    """Say that `version` serves in `environment` since `at` (now when not given).

    Ends what served there until then, in the same transaction. Idempotent for the version that
    already serves.
    """
    now = timezone.now()
    at = at or now
    _refuse_future(at, now)
    if environment not in Environment.values:
        raise InvalidInput(
            "deployment.environment",
            f"There is no environment {environment!r}.",
            f"Use one of {', '.join(Environment.values)}.",
        )
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=version.service_id)
        if service.retired_at is not None:
            raise Conflict(
                "service.retired", f"The service {service.slug} is retired.", "Restore it first."
            )
        current = service.deployments.filter(environment=environment, ended_at=None).first()
        if current is not None and current.version_id == version.pk:
            return current
        _refuse_overlap(service, environment, at)
        if current is not None:
            _end(current, at, actor, reason)
        deployment = Deployment.objects.create(
            service=service,
            version=version,
            environment=environment,
            started_at=at,
            started_by=actor,
        )
        after = _deployment_facts(deployment)
        event(actor, "deployment.start", deployment, after=after, reason=reason)
    return deployment


def deployment_end(
    *, deployment: Deployment, actor: str, at: datetime | None = None, reason: str = ""
) -> Deployment:
    """Say that a deployment no longer serves since `at` (now when not given). Idempotent."""
    now = timezone.now()
    at = at or now
    _refuse_future(at, now)
    with transaction.atomic():
        deployment = (
            Deployment.objects.select_for_update()
            .select_related("version__service")
            .get(pk=deployment.pk)
        )
        if deployment.ended_at is not None:
            return deployment
        if at < deployment.started_at:
            raise InvalidInput(
                "deployment.order",
                f"It cannot end before it started ({deployment.started_at.isoformat()}).",
                "Give a later time.",
            )
        _end(deployment, at, actor, reason)
    return deployment


def _refuse_future(at: datetime, now: datetime) -> None:
    if at > now:
        raise InvalidInput(
            "deployment.future",
            f"{at.isoformat()} lies in the future.",
            "Record deployments when they have happened.",
        )


def _refuse_overlap(service: Service, environment: str, at: datetime) -> None:
    """Deployments of an environment follow each other; the past is not rewritten."""
    last = service.deployments.filter(environment=environment).order_by("-started_at").first()
    if last is None:
        return
    until = last.ended_at or last.started_at
    if at < until:
        raise Conflict(
            "deployment.order",
            f"Another deployment in {environment} lasts until {until.isoformat()} or longer.",
            "Give a later time; what was recorded is never rewritten.",
        )


def _end(deployment: Deployment, at: datetime, actor: str, reason: str) -> None:
    before = _deployment_facts(deployment)
    deployment.ended_at = at
    deployment.ended_by = actor
    deployment.save(update_fields=["ended_at", "ended_by"])
    after = _deployment_facts(deployment)
    event(actor, "deployment.end", deployment, before=before, after=after, reason=reason)


def _deployment_facts(deployment: Deployment) -> dict[str, object]:
    ended = deployment.ended_at
    return {
        "version": deployment.version.label,
        "environment": deployment.environment,
        "started_at": deployment.started_at.isoformat(),
        "ended_at": ended.isoformat() if ended else None,
    }
