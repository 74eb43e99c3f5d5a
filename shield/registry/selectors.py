"""Reading the inventory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Prefetch, Q, QuerySet

from shield.audit.models import Event
from shield.audit.selectors import events
from shield.registry.choices import Environment, Tier
from shield.registry.manifest.model import idle_keys
from shield.registry.models import Dataset, Deployment, Service, Version


def services() -> QuerySet[Service]:
    """Every service with what serves in production (`in_production`, a list) and `version_count`."""
    current = Deployment.objects.filter(
        environment=Environment.PRODUCTION, ended_at=None
    ).select_related("version")
    return (
        Service.objects.select_related("unit", "owner_user")
        .annotate(version_count=Count("versions"))
        .prefetch_related(Prefetch("deployments", queryset=current, to_attr="in_production"))
        .order_by("name", "pk")
    )


def versions() -> QuerySet[Version]:
    """Every version with its service and datasets."""
    return Version.objects.select_related("service").prefetch_related("datasets")


def deployments() -> QuerySet[Deployment]:
    """Every deployment, the newest first, with service and version."""
    return Deployment.objects.select_related("service", "version")


def datasets() -> QuerySet[Dataset]:
    """Every dataset with its service and size."""
    return Dataset.objects.select_related("service", "file")


def at_moment(queryset: QuerySet[Deployment], at: datetime) -> QuerySet[Deployment]:
    """Those that served at `at`: started at or before it, and not ended until after it."""
    return queryset.filter(started_at__lte=at).filter(Q(ended_at=None) | Q(ended_at__gt=at))


def deployed_at(service: Service, environment: str, at: datetime) -> Version | None:
    """The version of `service` that served in `environment` at `at`; None when none did."""
    found = at_moment(deployments(), at).filter(service=service, environment=environment).first()
    return found.version if found else None


def datasets_of(version: Version) -> dict[str, Dataset]:
    """Role → dataset, as the version's manifest names them now."""
    return {dataset.role: dataset for dataset in version.datasets.select_related("file")}


def service_history(service: Service) -> QuerySet[Event]:
    """What happened to a service, its versions, datasets and deployments, the newest first."""
    own = Q(object_type="service", object_id=str(service.pk))
    for related in ("versions", "datasets", "deployments"):
        rows = getattr(service, related).order_by().values_list("pk", flat=True)
        name = related.removesuffix("s")
        own |= Q(object_type=name, object_id__in=[str(pk) for pk in rows])
    return events().filter(own)


def registration_warnings(version: Version) -> tuple[tuple[str, str], ...]:
    """(code, message) of what the version's manifest says without effect.

    Keys that do nothing, and what the registry holds on to: its unit, a higher tier, an owner that a
    person decided, frameworks that were decided or that the manifest no longer names.
    """
    found = (
        *idle_keys(version.manifest),
        *_unit_warning(version),
        *_owner_warning(version),
        *_frameworks_warning(version),
    )
    wanted, kept = version.manifest["service"]["tier"], version.service.tier
    if Tier.values.index(wanted) >= Tier.values.index(kept):
        return found
    return (
        *found,
        (
            "service.tier_kept",
            f"The manifest says tier {wanted}, the registry {kept}: lowering a tier is a decision "
            "of a risk officer, so the registry's tier applies.",
        ),
    )


def _unit_warning(version: Version) -> tuple[tuple[str, str], ...]:
    wanted, kept = version.manifest["service"].get("unit"), version.service.unit.slug
    if wanted in (None, kept):
        return ()
    return (
        (
            "service.unit_kept",
            f"The manifest says unit {wanted}, the registry {kept}: moving a service to another "
            "business unit is a decision of an administrator, so the registry's unit applies.",
        ),
    )


def _owner_warning(version: Version) -> tuple[tuple[str, str], ...]:
    wanted, kept = version.manifest["service"].get("owner"), version.service.owner
    if "owner" not in version.service.decided or wanted in (None, kept):
        return ()
    return (
        (
            "service.owner_kept",
            f"The manifest says owner {wanted}, the registry {kept}: a person gave the service to its "
            "owner, so the registry's owner applies. Correct service.owner.",
        ),
    )


def _frameworks_warning(version: Version) -> tuple[tuple[str, str], ...]:
    wanted, kept = version.manifest["service"].get("frameworks"), version.service.frameworks
    if wanted is None or set(wanted) == set(kept):
        return ()
    return (
        (
            "service.frameworks_kept",
            f"The manifest says frameworks {_listed(wanted)}, the registry {_listed(kept)}: leaving a "
            "framework, or taking one up that was left, is a decision with a reason (PATCH of the "
            "service over the API), so the registry's frameworks apply.",
        ),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
