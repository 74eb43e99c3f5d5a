"""Files on their way in, one row each. What is received of one lies in `UPLOAD_DIR` until it is whole."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from shield.registry.models import StoredFile
from shield.uploads.choices import UploadState


class Upload(models.Model):
    """A file that one person sends; nobody else sees it. It is gone at `expires_at`.

    `file` is set when every byte is there and the digest was right. What refers to the file by then
    (a dataset, a version, a submission) keeps it.
    """

    unit_path: ClassVar[str] = ""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads"
    )
    name = models.CharField(max_length=255)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.RECEIVING)
    received = models.BigIntegerField(default=0)  # bytes, as far as they are safely on disk
    file = models.ForeignKey(
        StoredFile, null=True, on_delete=models.PROTECT, related_name="uploads"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["owner", "sha256"])]
        constraints = [
            models.CheckConstraint(
                name="upload_complete_has_its_file",
                condition=Q(state=UploadState.RECEIVING, file=None)
                | Q(state=UploadState.COMPLETE, file__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.received} of {self.size} bytes)"

    @property
    def unit_id(self) -> None:
        """A file belongs to nobody's business unit until a manifest names it."""
        return None
