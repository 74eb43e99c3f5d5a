"""Uploads over the API: start, send pieces, ask how far it is, forget."""

from __future__ import annotations

import hashlib
import io
from typing import IO, Any, cast

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from shield.accounts.models import User
from shield.common.api_parsers import BoundedJSONParser, TooLarge
from shield.common.api_views import Acts, ErrorSerializer
from shield.common.errors import InvalidInput
from shield.uploads import services
from shield.uploads.api.serializers import (
    SmallFileSerializer,
    UploadSerializer,
    UploadStartSerializer,
)
from shield.uploads.models import Upload

OFFSET = OpenApiParameter(
    "Upload-Offset", int, OpenApiParameter.HEADER, required=True, description="bytes sent so far"
)
FORM_OVERHEAD = 64 * 1024


class NoLength(InvalidInput):
    """A body whose length is not told beforehand: it could not be refused without reading it."""

    status = 411

    def __init__(self) -> None:
        super().__init__(
            "length_required",
            "The request does not say how long its body is.",
            "Send Content-Length (no chunked transfer); large files go in pieces.",
        )


class PieceParser(BaseParser):
    """The raw bytes of a piece, as a stream: nothing is read here."""

    media_type = "application/offset+octet-stream"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Any = None,  # noqa: ANN401
    ) -> IO[bytes]:
        """The stream itself."""
        return stream


class BytesParser(PieceParser):
    """The same under the common name."""

    media_type = "application/octet-stream"


class UploadViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Files on their way in; everybody sees their own.

    Tell name, size and digest; PATCH pieces in order; the last one completes it. After a break, HEAD
    says where to go on. A small file may come as a form instead.
    """

    queryset = Upload.objects.all()
    serializer_class = UploadSerializer
    ordering_fields = ("created_at", "size")
    filterset_fields = ("state", "sha256")
    parser_classes = (BoundedJSONParser, MultiPartParser, PieceParser, BytesParser)
    lookup_value_regex = "[0-9a-f-]{36}"
    acts = {
        "list": "service.register",
        "retrieve": "service.register",
        "create": "service.register",
        "partial_update": "service.register",
        "destroy": "service.register",
    }

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """A form that is too large is refused before anything reads it: sessions and keys do."""
        if request.method == "POST" and _media_type(request).startswith("multipart/"):
            _refuse_large(request)
        super().initial(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet:
        """Nobody sees another one's, whatever the role."""
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows
        return rows.filter(owner=self.request.user.pk)

    def check_object_permissions(self, request: Request, obj: Any) -> None:  # noqa: ANN401
        """Only own rows are found; whoever may register somewhere may send files."""

    @extend_schema(
        request={
            "application/json": UploadStartSerializer,
            "multipart/form-data": SmallFileSerializer,
        },
        responses={201: UploadSerializer, 411: ErrorSerializer, 413: ErrorSerializer},
    )
    def create(self, request: Request) -> Response:
        """Start an upload. State `complete` in the answer: these bytes need not be sent."""
        if _media_type(request).startswith("multipart/"):
            upload = _small(request)
        else:
            wanted = UploadStartSerializer(data=request.data)
            wanted.is_valid(raise_exception=True)
            upload = services.upload_start(owner=_user(request), **wanted.validated_data)
        return Response(UploadSerializer(upload).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[OFFSET],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={
            200: UploadSerializer,
            409: ErrorSerializer,
            411: ErrorSerializer,
            413: ErrorSerializer,
        },
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Send the next piece; its first byte is number `Upload-Offset` of the file."""
        upload = services.upload_append(
            upload=self.get_object(),
            offset=_offset(request),
            stream=_piece(request),
            length=_length(request),
        )
        answer = Response(UploadSerializer(upload).data)
        answer["Upload-Offset"] = upload.received
        return answer

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """How far it is; HEAD says it in `Upload-Offset` and `Upload-Length`."""
        upload = self.get_object()
        answer = Response(UploadSerializer(upload).data)
        answer["Upload-Offset"] = upload.received
        answer["Upload-Length"] = upload.size
        return answer

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Forget an upload. What refers to its bytes keeps them."""
        services.upload_delete(upload=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _small(request: Request) -> Upload:
    """A whole file in a form: the same path as pieces, in one go."""
    wanted = SmallFileSerializer(data=request.data)
    wanted.is_valid(raise_exception=True)
    file = wanted.validated_data["file"]
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    sha256 = wanted.validated_data.get("sha256") or digest.hexdigest()
    upload = services.upload_start(
        owner=_user(request), name=file.name, size=file.size, sha256=sha256
    )
    if upload.file_id is not None:
        return upload
    return services.upload_append(upload=upload, offset=0, stream=file, length=file.size)


def _refuse_large(request: Request) -> None:
    """By what the sender says of its length: not a byte of it is read."""
    if _length(request) > settings.UPLOAD_INLINE + FORM_OVERHEAD:
        raise TooLarge(settings.UPLOAD_INLINE)


def _piece(request: Request) -> IO[bytes]:
    """The bytes as they come. An empty piece is one, too: it asks to complete what lies there."""
    if _media_type(request) not in (PieceParser.media_type, BytesParser.media_type):
        raise ValidationError({"Content-Type": [f"must be {PieceParser.media_type}"]})
    return cast(IO[bytes], request.data) if _length(request) else io.BytesIO()


def _offset(request: Request) -> int:
    text = request.headers.get("Upload-Offset", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise ValidationError({"Upload-Offset": ["a header with the number of bytes sent so far"]})
    return int(text)


def _length(request: Request) -> int:
    text = request.META.get("CONTENT_LENGTH") or ""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise NoLength
    return int(text)


def _media_type(request: Request) -> str:
    return (request.content_type or "").split(";")[0].strip().lower()


def _user(request: Request) -> User:
    return cast(User, request.user)
