"""What a pipeline hands in, and what it is told."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from assessments.choices import SubmissionState
from assessments.models import Submission
from assessments.services import LARGEST_SEED
from shield.registry.manifest.document import MAX_BYTES

MOST_FILES = 20


class ManifestSerializer(serializers.Serializer):
    """A `shield.yaml` as text."""

    manifest = serializers.CharField(
        max_length=MAX_BYTES, trim_whitespace=False, help_text="the text of shield.yaml"
    )
    manifest_name = serializers.CharField(
        max_length=100, default="shield.yaml", help_text="its name, for messages with lines"
    )


class SourceSerializer(serializers.Serializer):
    """Where it comes from, as far as the pipeline says; shown, never interpreted."""

    commit = serializers.CharField(max_length=100, required=False, allow_blank=True)
    branch = serializers.CharField(max_length=200, required=False, allow_blank=True)
    job_url = serializers.URLField(max_length=500, required=False, allow_blank=True)


class SubmissionCreateSerializer(ManifestSerializer):
    """A manifest, its files, and how to assess it."""

    files = serializers.DictField(
        child=serializers.UUIDField(),
        help_text="path as the manifest writes it → id of a complete upload",
    )
    dry_run = serializers.BooleanField(
        default=False, help_text="compute everything, register nothing, touch no finding"
    )
    seed = serializers.IntegerField(min_value=0, max_value=LARGEST_SEED, default=0)
    source = SourceSerializer(required=False)

    def validate_files(self, files: dict[str, Any]) -> dict[str, Any]:
        """A manifest names a model and a few tables."""
        if len(files) > MOST_FILES or any(len(path) > 500 for path in files):
            raise serializers.ValidationError(f"at most {MOST_FILES} paths of 500 characters")
        return files


class NamedFileSerializer(serializers.Serializer):
    """A file that has to come with the manifest."""

    key = serializers.CharField(help_text="e.g. data.test.path")
    line = serializers.IntegerField()
    path = serializers.CharField(help_text="as the manifest writes it")


class ManifestAnswerSerializer(serializers.Serializer):
    """What a manifest asks for; it is without problems."""

    service = serializers.CharField()
    version = serializers.CharField()
    files = NamedFileSerializer(many=True)


class SubmissionSerializer(serializers.ModelSerializer):
    """A submission: how far it is, and the verdict once there is one."""

    service = serializers.CharField(source="service_slug", read_only=True)
    version = serializers.CharField(source="version_label", read_only=True)
    owner = serializers.SlugRelatedField(slug_field="username", read_only=True)
    unit = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    state = serializers.ChoiceField(
        choices=SubmissionState.choices, source="state_now", read_only=True
    )
    ended = serializers.BooleanField(read_only=True)
    run = serializers.UUIDField(source="run_id", read_only=True, allow_null=True)
    page = serializers.SerializerMethodField()
    html_url = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    phase = serializers.SerializerMethodField()
    gate = serializers.SerializerMethodField()
    exit_code = serializers.IntegerField(read_only=True, allow_null=True)
    error = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = (
            "id", "service", "version", "unit", "owner", "dry_run", "seed", "source", "state",
            "ended", "progress", "phase", "run", "page", "html_url", "gate", "exit_code", "error",
            "created_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_page(self, row: Submission) -> str:
        """The address of the run's page; "" as long as there is no run."""
        return "" if row.run_id is None else self._whole(reverse("run-detail", args=[row.run_id]))

    @extend_schema_field(OpenApiTypes.STR)
    def get_html_url(self, row: Submission) -> str:
        """The address of the submission's own page, which is there from the start."""
        return self._whole(row.get_absolute_url())

    def _whole(self, path: str) -> str:
        request = self.context.get("request")
        return request.build_absolute_uri(path) if request else settings.SHIELD_URL + path

    @extend_schema_field(OpenApiTypes.DOUBLE)
    def get_progress(self, row: Submission) -> float:
        """0 to 1, of what is being done now."""
        return row.run.progress if row.run else row.progress

    @extend_schema_field(OpenApiTypes.STR)
    def get_phase(self, row: Submission) -> str:
        """What is being done now."""
        return row.run.phase if row.run else row.phase

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_gate(self, row: Submission) -> dict[str, Any] | None:
        """As in the result, with accepted risks; null until it is finished."""
        return row.gate

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_error(self, row: Submission) -> dict[str, Any] | None:
        """Why there is no verdict: code, message, hint, and the manifest's problems with lines."""
        return row.trouble
