"""Registering a manifest: files first, then everything else in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from django.db import transaction

from shield.accounts.models import BusinessUnit
from shield.common.errors import Conflict, InvalidInput
from shield.registry import files
from shield.registry.choices import DatasetRole, Tier
from shield.registry.files import Fingerprint
from shield.registry.history import FACTS, change, event
from shield.registry.manifest.model import Manifest
from shield.registry.models import Dataset, Service, Version
from shield.registry.ownership import owner_link
from shield.sandbox.contract import Description, TableDescription

Guard = Callable[[Service], None]
"""Raises when the actor may not register this service, whose row may be a new one."""


def service_register(
    *,
    manifest: Manifest,
    description: Description,
    group_rules: Mapping[str, object],
    actor: str,
    seen: Mapping[Path, Fingerprint] | None = None,
    guard: Guard | None = None,
) -> Version:
    """The version that `manifest` names, with its service, artefact and datasets.

    Registering the same bytes again changes nothing. A changed manifest or table beside the same
    artefact updates the version, with its history. `group_rules` are kept from the first time that
    a column is seen. The service's tier is only ever raised here, and frameworks are only ever added;
    less of either is a decision (`service_update`), and owner and frameworks that a person decided stay
    as they are. Files are stored first; then everything is one transaction. `seen` are the
    fingerprints of the files from before they were described. `guard` is asked inside the transaction
    whether this may be done to the service, or to the unit that a new one is to belong to; it raises
    when not.

    Raises Conflict when the label already names other bytes, the service is retired, or a file has
    changed since it was described.
    """

    def keep(file: Path) -> files.Kept:
        kept = files.keep(file, seen=(seen or {}).get(file))
        files.refuse_erased(kept)
        return kept

    tables = {role: keep(table.file) for role, table in manifest.data.tables.items()}
    artefact = keep(manifest.model.file) if manifest.model.file else tables["test"]
    with transaction.atomic():
        service = _service(manifest, group_rules, actor, guard)
        known = Version.objects.filter(service=service, label=manifest.model.version).first()
        if known is not None:
            refuse_other_bytes(known, kind=manifest.model.kind, sha256=artefact.sha256)
        datasets = [
            _dataset(
                service,
                role,
                tables[role],
                format=table.format,
                table=description.tables[role],
                actor=actor,
            )
            for role, table in manifest.data.tables.items()
        ]
        if known is not None:
            return _version_update(known, manifest, datasets, actor)
        return _version_create(service, manifest, artefact, datasets, actor)


def frozen_rules(new: Mapping[str, object], old: Mapping[str, object]) -> dict[str, object]:
    """What is frozen stays; a column or intersection that is seen for the first time is added."""
    merged = {**new, **old}
    for part in ("columns", "intersections"):
        ours, theirs = new.get(part), old.get(part)
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            merged[part] = {**ours, **theirs}
    return merged


def _service(
    manifest: Manifest, group_rules: Mapping[str, object], actor: str, guard: Guard | None
) -> Service:
    """The service's row, locked; created or brought up to the manifest."""
    section = manifest.service
    facts: dict[str, object] = {fact: getattr(section, fact) for fact in FACTS}
    facts["frameworks"] = list(section.frameworks)
    service, created = Service.objects.get_or_create(
        slug=section.id,
        defaults={**facts, "group_rules": dict(group_rules), "unit": _unit(section.unit)},
    )
    if guard is not None:
        guard(service)
    if created:
        owner_link(service)
        after = {**facts, "unit": service.unit.slug, "group_rules": group_rules}
        event(actor, "service.register", service, after=after)
        return service
    service = Service.objects.select_for_update().get(pk=service.pk)
    refuse_retired(service)
    facts["tier"] = tier_kept(section.tier, service.tier)
    facts["frameworks"] = frameworks_kept(section.frameworks, service.frameworks)
    for decided in service.decided:
        facts.pop(decided, None)
    change(service, {**facts, "group_rules": frozen_rules(group_rules, service.group_rules)}, actor)
    return service


def refuse_retired(service: Service) -> None:
    """Raise Conflict for a service that was taken out of use."""
    if service.retired_at is not None:
        raise Conflict(
            "service.retired",
            f"The service {service.slug} is retired.",
            "Restore it first, or register the model under another service.id.",
        )


def tier_kept(wanted: str, kept: str) -> str:
    """The higher of the manifest's tier and the registry's: lowering one is a decision."""
    return kept if _rank(wanted) < _rank(kept) else wanted


def frameworks_kept(wanted: Sequence[str], kept: Sequence[str]) -> list[str]:
    """The manifest's frameworks, and those that only the registry names: leaving one is a decision."""
    return [*wanted, *(name for name in kept if name not in wanted)]


def _unit(slug: str | None) -> BusinessUnit:
    """The business unit that the manifest names, or the default one."""
    if slug is None:
        return BusinessUnit.default()
    unit = BusinessUnit.objects.filter(slug=slug).first()
    if unit is None:
        known = ", ".join(BusinessUnit.objects.values_list("slug", flat=True)) or "none yet"
        raise InvalidInput(
            "service.unit",
            f"service.unit: there is no business unit {slug!r}.",
            f"These exist: {known}. An administrator adds others.",
        )
    return unit


def _rank(tier: str) -> int:
    return Tier.values.index(tier)


def refuse_other_bytes(version: Version, *, kind: str, sha256: str) -> None:
    """Raise Conflict when the label names another artefact already."""
    if version.artefact_sha256 == sha256 and version.kind == kind:
        return
    raise Conflict(
        "version.other_bytes",
        f"Version {version.label} of {version.service.slug} already names other bytes "
        f"({version.kind} {version.artefact_sha256[:12]}…, now {kind} {sha256[:12]}…).",
        "Give model.version a new label; a label names one artefact for ever.",
    )


def _dataset(
    service: Service,
    role: str,
    kept: files.Kept,
    *,
    format: str,
    table: TableDescription,
    actor: str,
) -> Dataset:
    dataset, created = Dataset.objects.get_or_create(
        service=service,
        role=DatasetRole(role),
        sha256=kept.sha256,
        defaults={
            "file": files.stored(kept),
            "format": format,
            "rows": table.rows,
            "columns": [{"name": c.name, "type": c.type} for c in table.columns],
        },
    )
    if created:
        after = {"role": role, "sha256": kept.sha256, "rows": table.rows}
        event(actor, "dataset.register", dataset, after=after)
    return dataset


def _version_create(
    service: Service,
    manifest: Manifest,
    artefact: files.Kept,
    datasets: list[Dataset],
    actor: str,
) -> Version:
    version = Version.objects.create(
        service=service,
        label=manifest.model.version,
        kind=manifest.model.kind,
        artefact_sha256=artefact.sha256,
        artefact=files.stored(artefact),
        manifest=manifest.as_json(),
        manifest_sha256=manifest.sha256,
        created_by=actor,
    )
    version.datasets.set(datasets)
    event(actor, "version.register", version, after=_version_facts(version, datasets))
    return version


def _version_update(
    version: Version, manifest: Manifest, datasets: list[Dataset], actor: str
) -> Version:
    """The same artefact with a changed manifest or other tables."""
    known = list(version.datasets.all())
    same_data = {dataset.pk for dataset in known} == {dataset.pk for dataset in datasets}
    if same_data and version.manifest_sha256 == manifest.sha256:
        return version
    before = {**_version_facts(version, known), "manifest": version.manifest}
    version.manifest = manifest.as_json()
    version.manifest_sha256 = manifest.sha256
    version.save(update_fields=["manifest", "manifest_sha256"])
    version.datasets.set(datasets)
    after = {**_version_facts(version, datasets), "manifest": version.manifest}
    event(actor, "version.change", version, before=before, after=after)
    return version


def _version_facts(version: Version, datasets: list[Dataset]) -> dict[str, object]:
    return {
        "kind": version.kind,
        "artefact_sha256": version.artefact_sha256,
        "manifest_sha256": version.manifest_sha256,
        "datasets": {dataset.role: dataset.sha256 for dataset in datasets},
    }
