"""The inventory as the API shows it, and what it accepts."""

from __future__ import annotations

from rest_framework import serializers

from shield.registry.choices import Environment, Tier
from shield.registry.manifest.model import FRAMEWORKS
from shield.registry.models import Dataset, Deployment, Retention, Service, Version


class ServiceSerializer(serializers.ModelSerializer):
    """A service; `id` is its id in `shield.yaml`."""

    id = serializers.CharField(source="slug", read_only=True)
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    owner_account = serializers.SlugRelatedField(
        source="owner_user", slug_field="username", read_only=True, allow_null=True,
        help_text="the account behind `owner`; null: none, or several",
    )  # fmt: skip
    frameworks = serializers.ListField(child=serializers.CharField(), read_only=True)
    decided = serializers.ListField(
        child=serializers.CharField(), read_only=True,
        help_text="facts that a person set: a registration leaves them alone",
    )  # fmt: skip
    version_count = serializers.IntegerField(read_only=True)
    in_production = serializers.SerializerMethodField(help_text="labels that serve in production")

    class Meta:
        model = Service
        fields = (
            "id",
            "name",
            "unit",
            "owner",
            "owner_account",
            "purpose",
            "tier",
            "frameworks",
            "decided",
            "group_rules",
            "version_count",
            "in_production",
            "retired_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_in_production(self, service: Service) -> list[str]:
        """Prefetched by the selector."""
        return [deployment.version.label for deployment in service.in_production]  # type: ignore[attr-defined]


class ReasonSerializer(serializers.Serializer):
    """An act that asks why."""

    reason = serializers.CharField(max_length=2000)


class MoveSerializer(ReasonSerializer):
    """To which business unit, and why."""

    unit = serializers.SlugField(max_length=60)


class ServiceChangeSerializer(serializers.Serializer):
    """What may be changed by hand; everything else comes from the manifest."""

    name = serializers.CharField(max_length=200, required=False)
    owner = serializers.CharField(max_length=200, required=False)
    purpose = serializers.CharField(max_length=5000, required=False)
    tier = serializers.ChoiceField(choices=Tier.choices, required=False)
    frameworks = serializers.ListField(
        child=serializers.ChoiceField(choices=FRAMEWORKS), required=False
    )
    reason = serializers.CharField(max_length=2000)


class DatasetSerializer(serializers.ModelSerializer):
    """A table: digest, schema, row count, role."""

    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    size = serializers.IntegerField(source="file.size", read_only=True, help_text="bytes")
    columns = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField()), read_only=True
    )
    erased_at = serializers.DateTimeField(
        source="file.erased_at",
        read_only=True,
        allow_null=True,
        help_text="null: its bytes are there",
    )
    erased_by = serializers.CharField(source="file.erased_by", read_only=True)
    erased_reason = serializers.CharField(source="file.erased_reason", read_only=True)

    class Meta:
        model = Dataset
        fields = (
            "id",
            "service",
            "role",
            "sha256",
            "size",
            "format",
            "rows",
            "columns",
            "created_at",
            "erased_at",
            "erased_by",
            "erased_reason",
        )
        read_only_fields = fields


class EraseSerializer(serializers.Serializer):
    """Erasing the bytes of a dataset."""

    reason = serializers.CharField(max_length=2000)
    everywhere = serializers.BooleanField(
        default=False,
        help_text="also in the other datasets with these bytes; needed where there are",
    )


class RetentionSerializer(serializers.ModelSerializer):
    """How long data is kept after nothing needs it."""

    keep_days = serializers.IntegerField(
        min_value=1, max_value=36_500, allow_null=True, help_text="null: for ever"
    )
    reason = serializers.CharField(max_length=2000, write_only=True)
    changed_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="null: never changed"
    )

    class Meta:
        model = Retention
        fields = ("keep_days", "reason", "changed_at", "changed_by")
        read_only_fields = ("changed_at", "changed_by")


class VersionSerializer(serializers.ModelSerializer):
    """A version and the digests that it stands for."""

    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    datasets = serializers.SerializerMethodField(help_text="role → dataset id")
    manifest = serializers.DictField(read_only=True)

    class Meta:
        model = Version
        fields = (
            "id",
            "service",
            "label",
            "kind",
            "artefact_sha256",
            "manifest",
            "manifest_sha256",
            "datasets",
            "created_at",
            "created_by",
        )
        read_only_fields = fields

    def get_datasets(self, version: Version) -> dict[str, int]:
        """Prefetched by the selector."""
        return {dataset.role: dataset.pk for dataset in version.datasets.all()}


class DeploymentSerializer(serializers.ModelSerializer):
    """Which version served where, from when to when."""

    service = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    label = serializers.CharField(source="version.label", read_only=True)

    class Meta:
        model = Deployment
        fields = (
            "id",
            "service",
            "version",
            "label",
            "environment",
            "started_at",
            "ended_at",
            "started_by",
            "ended_by",
        )
        read_only_fields = fields


def _why() -> serializers.CharField:
    return serializers.CharField(
        max_length=2000, required=False, default="", allow_blank=True,
        help_text="why; the history keeps it",
    )  # fmt: skip


class DeploymentStartSerializer(serializers.Serializer):
    """A version that has started to serve."""

    version = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="its id")
    environment = serializers.ChoiceField(choices=Environment.choices)
    started_at = serializers.DateTimeField(required=False, help_text="now, when not given")
    reason = _why()


class DeploymentEndSerializer(serializers.Serializer):
    """A version that has stopped serving."""

    ended_at = serializers.DateTimeField(required=False, help_text="now, when not given")
    reason = _why()
