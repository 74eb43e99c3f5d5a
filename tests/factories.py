"""Rows as the product writes them, made directly: for tests of what reads them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone

from shield.accounts.choices import Role
from shield.accounts.models import BusinessUnit, Grant, User
from shield.evidence.canonical import digest
from shield.evidence.measurement import Measurement
from shield.evidence.outcome import Outcome, Severity, roll_up
from shield.evidence.policy import Policy
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.records.choices import RunState
from shield.records.models import CheckRecord, MeasurementRecord, Run, RunLog
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.choices import DatasetRole, Environment, ModelKind, Tier
from shield.registry.models import Dataset, Deployment, Service, StoredFile, Version
from tests import sample_measurements as sample

_serial = itertools.count(1)


def user(
    username: str | None = None,
    role: str | None = Role.ENGINEER,
    *,
    unit: BusinessUnit | None = None,
    tier_limit: str = "",
    **more: object,
) -> User:
    """A person with a role in `unit`, or everywhere; the password is "correct horse"."""
    name = username or f"person{next(_serial)}"
    made = User.objects.create_user(name, f"{name}@example.org", "correct horse", **more)
    if role is not None:
        Grant.objects.create(user=made, role=role, unit=unit, tier_limit=tier_limit)
    return made


def unit(slug: str = "retail") -> BusinessUnit:
    """A business unit, made once."""
    facts = {"name": slug.replace("-", " ").capitalize()}
    return BusinessUnit.objects.get_or_create(slug=slug, defaults=facts)[0]


def stored_file(size: int = 1000) -> StoredFile:
    """A file that the storage knows by a digest of its own."""
    sha256 = digest({"file": next(_serial)})
    return StoredFile.objects.create(sha256=sha256, size=size, name=f"{sha256[:2]}/{sha256}")


def service(slug: str = "mortgage-approval", **more: object) -> Service:
    """A service of the inventory."""
    facts: dict[str, object] = {
        "name": slug.replace("-", " ").capitalize(),
        "owner": "retail-credit@example.org",
        "purpose": "Decides retail mortgage applications",
        "tier": Tier.HIGH,
        "frameworks": ["mas-feat", "nist-ai-rmf"],
    }
    if "unit" not in more:
        facts["unit"] = BusinessUnit.default()
    made = Service.objects.create(slug=slug, **(facts | more))
    SERVICE_CHANGED.tell([made.pk])
    return made


def dataset(of: Service, role: str = DatasetRole.TEST, rows: int = 1989) -> Dataset:
    """A table of a service."""
    file = stored_file()
    columns = [{"name": name, "type": "string"} for name in ("race", "sex", "approve", "decision")]
    return Dataset.objects.create(
        service=of, role=role, sha256=file.sha256, file=file, format="csv", rows=rows,
        columns=columns,
    )  # fmt: skip


def version(
    of: Service | None = None, label: str = "2026.11", kind: str = ModelKind.ONNX
) -> Version:
    """A version with a test data set."""
    of = of or service()
    file = stored_file()
    manifest = {
        "shield": 1,
        "service": {"id": of.slug, "name": of.name, "tier": of.tier},
        "model": {"version": label, "kind": kind},
        "data": {"test": {"path": "test.csv"}, "sensitive": ["race", "sex"], "favourable": 1},
    }
    made = Version.objects.create(
        service=of, label=label, kind=kind, artefact=file, artefact_sha256=file.sha256,
        manifest=manifest, manifest_sha256=digest(manifest), created_by="engineer@example.org",
    )  # fmt: skip
    made.datasets.add(dataset(of))
    SERVICE_CHANGED.tell([of.pk])
    return made


def deployment(of: Version, environment: str = Environment.PRODUCTION) -> Deployment:
    """The version, serving since a week ago."""
    return Deployment.objects.create(
        service=of.service, version=of, environment=environment, started_by="ops@example.org",
        started_at=timezone.now() - timedelta(days=7),
    )  # fmt: skip


def run(
    of: Version | None = None,
    measurements: Sequence[Measurement] | None = None,
    *,
    state: str = RunState.FINISHED,
    policy: Policy | None = None,
    seed: int = 0,
    **more: object,
) -> Run:
    """A run with one check record per check of `measurements` (default: the mortgage example)."""
    of = of or version()
    rules = policy or sample.policy()
    found = sample.loan_measurements() if measurements is None else list(measurements)
    checks = list(dict.fromkeys(item.check for item in found))
    now = timezone.now()
    ended = state in RunState.ended()
    facts: dict[str, object] = {
        "plan": [{"check": check, "version": "1", "parameters": {}} for check in checks],
        "requested_by": "engineer@example.org",
        "started_at": None if state == RunState.QUEUED else now - timedelta(seconds=5),
        "finished_at": now if ended else None,
        "progress": 1.0 if ended else 0.4,
        "phase": "" if ended else "fairness.selection_rate_ratio",
        "error": {"code": "column_missing", "message": "test.csv has no column race.",
                  "hint": "Correct data.sensitive."} if state == RunState.FAILED else None,
        "reproducibility": {
            "model_sha256": of.artefact_sha256,
            "data_sha256": {data.role: data.sha256 for data in of.datasets.all()},
            "policy_sha256": digest(rules.as_json()),
            "seed": seed,
            "packages": {"numpy": "2.4.6", "shield": "0.1.0"},
            "duration_s": 4.2,
        },
    }  # fmt: skip
    made = Run.objects.create(
        service=of.service, version=of, state=state, policy=rules.as_json(), seed=seed,
        policy_sha256=digest(rules.as_json()), **(facts | more),
    )  # fmt: skip
    made.datasets.set(of.datasets.all())
    for position, check in enumerate(checks):
        check_record(made, position, [item for item in found if item.check == check])
    if state == RunState.FINISHED:
        _summarise(made)
    RunLog.objects.create(run=made, level="info", message=f"{len(checks)} checks planned")
    SERVICE_CHANGED.tell([of.service_id])
    return made


def check_record(of: Run, position: int, found: Iterable[Measurement]) -> CheckRecord:
    """One finished check with its measurements."""
    found = list(found)
    first = found[0]
    outcome = roll_up(item.outcome for item in found)
    record = CheckRecord.objects.create(
        run=of, position=position, check_id=first.check, check_version="1.0",
        pillar=first.check.split(".")[0], title=sample.TITLES.get(first.check, first.check),
        outcome=outcome, duration_s=0.1, finished_at=timezone.now(),
        reason=first.reason if outcome in (Outcome.SKIPPED, Outcome.ERROR) else None,
    )  # fmt: skip
    for place, item in enumerate(found):
        measurement(record, place, item)
    return record


def measurement(of: CheckRecord, position: int, item: Measurement) -> MeasurementRecord:
    """One measurement as it is kept."""
    threshold = item.threshold.as_json() if item.threshold else {}
    return MeasurementRecord.objects.create(
        check_record=of, position=position, slice=dict(item.slice), slice_key=digest(item.slice),
        value=item.value, low=item.interval.low if item.interval else None,
        high=item.interval.high if item.interval else None, confidence=item.confidence,
        simultaneous=item.simultaneous, n=item.n, unit=item.unit, reference=item.reference,
        null_gap=item.null_gap, threshold_min=threshold.get("min"),
        threshold_max=threshold.get("max"), outcome=item.outcome, n_to_decide=item.n_to_decide,
        severity=item.severity, sentence=item.sentence, reason=item.reason, method=item.method,
        seed=item.seed, detail=dict(item.detail),
    )  # fmt: skip


def finding(of: Run | None = None, *, state: str = FindingState.OPEN, **more: object) -> Finding:
    """A finding for the first failed measurement of the run (the mortgage example fails)."""
    of = of or run()
    found = MeasurementRecord.objects.filter(check_record__run=of, outcome=Outcome.FAIL)[0]
    now = timezone.now()
    facts: dict[str, object] = {
        "fingerprint": digest({"finding": next(_serial)}),
        "title": "Approval rate of race = black is 22.6 points below that of all others",
        "severity": found.severity or Severity.HIGH,
        "policy_severity": found.severity or Severity.HIGH,
        "opened_at": now - timedelta(days=3),
        "due_at": now + timedelta(days=27),
    }
    made = Finding.objects.create(
        service=of.service, check_id=found.check_record.check_id, check_major="1",
        pillar=found.check_record.pillar, slice=found.slice, slice_key=found.slice_key,
        state=state, first_run=of, last_run=of, measurement=found, **(facts | more),
    )  # fmt: skip
    SERVICE_CHANGED.tell([of.service_id])
    return made


def passing(item: Measurement) -> Measurement:
    """The same measurement as it would look with nothing wrong: inside its threshold, narrow."""
    threshold = item.threshold
    assert threshold is not None, "only a measurement with a threshold can pass"
    good = 0.0 if threshold.min is not None and threshold.min <= 0 else 0.95
    bare = replace(item, value=good, interval=replace(item.interval, low=good - 0.02,
                                                      high=good + 0.02))  # fmt: skip
    return sample.judged(bare)


def _summarise(of: Run) -> None:
    records = list(of.checks.all())
    of.outcome = _worst(records)
    of.pillars = {
        pillar: _worst(record for record in records if record.pillar == pillar)
        for pillar in dict.fromkeys(record.pillar for record in records)
    }
    counts = [record.outcome for record in records]
    skipped, errors = counts.count(Outcome.SKIPPED), counts.count(Outcome.ERROR)
    of.coverage = {
        "planned": len(counts),
        "measured": len(counts) - skipped - errors,
        "skipped": skipped,
        "error": errors,
    }
    failed = Outcome.FAIL in counts
    of.gate = {
        "outcome": "fail" if failed else "pass",
        "exit": int(failed),
        "fail_on": of.policy["fail_on"],
        "accepted": [],
    }
    of.save()


def _worst(records: Iterable[CheckRecord]) -> str | None:
    worst = roll_up(Outcome(record.outcome) if record.outcome else None for record in records)
    return worst.value if worst else None
