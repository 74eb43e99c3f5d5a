"""The main job: register a service, start a run, execute it, cancel it, bring lost ones back.

`manage.py assess` and the Celery task call the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from celery import current_app
from django.db import transaction

from assessments.core.check import REGISTRY
from assessments.core.parameters import ParameterError, parameters_as_json, parse_parameters
from assessments.core.planning import UnknownCheck, select_checks
from assessments.core.plugins import load_checks
from assessments.execution import execute
from assessments.registering import register
from assessments.scratch import sweep
from shield.common.errors import InvalidInput
from shield.evidence.measurement import Threshold
from shield.evidence.policy import Policy
from shield.records.models import Run
from shield.records.reaper import runs_mark_enqueued, runs_reap
from shield.records.services import run_cancel, run_create
from shield.registry.erasure import refuse_erased
from shield.registry.models import Service, Version
from shield.registry.registration import refuse_retired
from shield.registry.selectors import registration_warnings
from shield.risk.services import policy_for

__all__ = ["register", "run_cancel", "run_execute", "run_order", "run_start", "runs_recover"]

EXECUTE = "assessments.tasks.execute"
LARGEST_SEED = 2**63 - 1

log = structlog.get_logger(__name__)
run_execute = execute


def run_start(*, version: Version, actor: str, seed: int = 0, enqueue: bool = True) -> Run:
    """A queued run of `version`; a worker hears of it once the transaction has committed.

    With `enqueue` False nobody is told, because the caller executes it. Raises InvalidInput for a
    seed out of range, an unknown check or parameters that no longer fit, and Conflict when its service
    is retired or data that it needs was erased.
    """
    if not 0 <= seed <= LARGEST_SEED:
        raise InvalidInput(
            "run.seed", f"The seed {seed} is out of range.", f"Use 0 to {LARGEST_SEED}."
        )
    refuse_retired(Service.objects.get(pk=version.service_id))  # as it is now, not when it was read
    refuse_erased(version=version)
    service, manifest = version.service, version.manifest
    order = run_order(manifest=manifest, tier=service.tier, service_id=service.pk)
    with transaction.atomic():
        run = run_create(
            version=version,
            plan=order.plan,
            inputs={"manifest": manifest, "group_rules": service.group_rules},
            policy=order.policy,
            seed=seed,
            actor=actor,
            warnings=[*order.loaded, *registration_warnings(version), *order.warnings],
        )
        if enqueue:
            _enqueue([run.pk])
    return run


@dataclass(frozen=True, slots=True)
class Order:
    """What a run of a manifest is to do: its checks, the policy that judges, what to say first."""

    plan: list[dict[str, object]]
    policy: Policy
    loaded: list[tuple[str, str]]
    warnings: Sequence[tuple[str, str]]


def run_order(*, manifest: Mapping[str, Any], tier: str, service_id: int | None) -> Order:
    """The order of a manifest (its JSON form) for a service of this tier; None: a new service.

    Raises InvalidInput for an unknown check or parameters that do not fit.
    """
    loaded = [(warning.code, warning.message) for warning in load_checks()]
    asked_for = manifest.get("checks", ())
    policy, warnings = policy_for(
        tier=tier,
        service_id=service_id,
        overrides={name: Threshold(**it) for name, it in manifest.get("policy", {}).items()},
        checks=asked_for,
        fail_on=manifest.get("gate", {}).get("fail_on"),
    )
    plan = _plan(policy, manifest.get("parameters", {}), asked_for=asked_for)
    return Order(plan, policy, loaded, warnings)


def runs_recover() -> list[UUID]:
    """Bring back runs whose worker is gone and tell the workers of every run nobody heard of.

    What dead workers left on this machine is removed.
    """
    sweep()
    waiting = runs_reap()
    if waiting:
        with transaction.atomic():
            _enqueue(waiting)
        log.info("runs_recovered", count=len(waiting))
    return waiting


def _enqueue(run_ids: list[UUID]) -> None:
    """Tell the workers after the commit. A broker that is away loses only time: see the reaper."""
    runs_mark_enqueued(run_ids=run_ids)
    for run_id in run_ids:
        transaction.on_commit(_message(run_id), robust=True)


def _message(run_id: UUID) -> Callable[[], None]:
    """A named function, because Django asks a callback that failed for its name."""

    def send() -> None:
        current_app.send_task(EXECUTE, args=[str(run_id)])

    return send


def _plan(
    policy: Policy,
    parameters: Mapping[str, Mapping[str, object]],
    *,
    asked_for: Collection[str],
) -> list[dict[str, object]]:
    """One entry per check. What the manifest itself names is told as skipped when it cannot run;
    what only the tier names is left out where it does not fit the task."""
    try:
        checks = select_checks(policy.checks, REGISTRY.all())
    except UnknownCheck as error:
        raise InvalidInput("run.unknown_check", str(error), "Correct `checks`.") from error
    entries: list[dict[str, object]] = []
    for check in checks:
        try:
            values: object = parse_parameters(check.parameters, parameters.get(check.id, {}))
        except ParameterError as error:
            raise InvalidInput(
                "run.parameters", f"{check.id}: {error}", "Correct `parameters`."
            ) from error
        entries.append(
            {
                "check": check.id,
                "version": check.version,
                "parameters": parameters_as_json(values),
                "by_id": check.id in asked_for,
            }
        )
    return entries
