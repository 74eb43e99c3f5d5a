"""Uploads as the API shows them, and what starts one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from shield.uploads.models import Upload


class UploadSerializer(serializers.ModelSerializer):
    """An upload: how much of it is there."""

    class Meta:
        model = Upload
        fields = (
            "id", "name", "size", "sha256", "state", "received", "created_at", "expires_at",
        )  # fmt: skip
        read_only_fields = fields


class UploadStartSerializer(serializers.Serializer):
    """What will be sent; or, as a form, a small file itself."""

    name = serializers.CharField(max_length=255, help_text="the file's name, for people")
    size = serializers.IntegerField(min_value=1, max_value=2**62, help_text="bytes")
    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}\Z", help_text="digest of the whole file, lower case"
    )


class SmallFileSerializer(serializers.Serializer):
    """A file of at most 10 MB in the request itself."""

    file = serializers.FileField(max_length=255)
    sha256 = serializers.RegexField(r"^[0-9a-f]{64}\Z", required=False)

    def validate_file(self, file: Any) -> Any:  # noqa: ANN401
        """Larger ones go piece by piece."""
        if file.size > settings.UPLOAD_INLINE:
            raise serializers.ValidationError(
                f"larger than {settings.UPLOAD_INLINE:,} bytes; send it piece by piece"
            )
        return file
