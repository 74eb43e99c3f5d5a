"""The hook for pipelines: hand in a manifest with its files, wait, read the verdict."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assessments import submissions
from assessments.api.filters import SubmissionFilter
from assessments.api.submission_serializers import (
    ManifestAnswerSerializer,
    ManifestSerializer,
    SubmissionCreateSerializer,
    SubmissionSerializer,
)
from assessments.choices import SubmissionState
from assessments.manifests import manifest_of_text, named_files
from assessments.models import Submission
from assessments.selectors import submissions_seen
from shield.accounts.models import User
from shield.common.api_negotiation import JsonAnyway
from shield.common.api_views import Acts, ErrorSerializer
from shield.common.errors import Conflict
from shield.registry.models import StoredFile
from shield.reports import junit, markdown, sarif
from shield.reports.result import result_document, to_bytes
from shield.uploads.choices import UploadState
from shield.uploads.models import Upload

LONGEST_WAIT_S: Final = 30
LOOK_EVERY_S: Final = 0.5
WAITERS = threading.BoundedSemaphore(2)
"""Long polls of this process at a time; the others are answered at once, so that pages are served."""


def _document(submission: Submission) -> dict[str, Any]:
    if submission.run is None:
        assert submission.result is not None  # a finished dry run has one
        return dict(submission.result)
    return result_document(submission.run)


def _sarif(submission: Submission) -> bytes:
    return sarif.render(_document(submission), manifest=submission.manifest_name)


FORMATS: Final[Mapping[str, tuple[str, Callable[[Submission], bytes]]]] = {
    # name → (content type, maker)
    "json": ("application/json", lambda row: to_bytes(_document(row))),
    "sarif": ("application/sarif+json", _sarif),
    "junit": ("application/xml", lambda row: junit.render(_document(row))),
    "md": ("text/markdown; charset=utf-8", lambda row: markdown.render(_document(row))),
}


class ManifestView(Acts, APIView):
    """A manifest without its files."""

    acts = {"POST": "service.register"}

    @extend_schema(
        request=ManifestSerializer,
        responses={200: ManifestAnswerSerializer, 422: ErrorSerializer},
        operation_id="manifest_check",
    )
    def post(self, request: Request) -> Response:
        """Say which files it names, or what is wrong with it, with lines; nothing is kept."""
        wanted = _valid(ManifestSerializer, request)
        manifest = manifest_of_text(text=wanted["manifest"], name=wanted["manifest_name"])
        submissions.place(cast(User, request.user), manifest)
        answer = {
            "service": manifest.service.id,
            "version": manifest.model.version,
            "files": named_files(manifest),
        }
        return Response(ManifestAnswerSerializer(answer).data)


class SubmissionViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Assessments that pipelines asked for, from the hand-in to the verdict."""

    queryset = Submission.objects.select_related("run", "owner", "unit")
    serializer_class = SubmissionSerializer
    filterset_class = SubmissionFilter
    ordering_fields = ("created_at",)
    lookup_value_regex = "[0-9a-f-]{36}"
    acts = {
        "list": "run.view",
        "retrieve": "run.view",
        "create": "service.register",
        "result": "report.view",
    }

    def get_queryset(self) -> QuerySet[Submission]:
        """Those of the sender's units; a run goes with its service when that moves to another."""
        if getattr(self, "swagger_fake_view", False):
            return Submission.objects.none()
        return submissions_seen(self.request.user)

    @extend_schema(
        request=SubmissionCreateSerializer,
        responses={201: SubmissionSerializer, 403: ErrorSerializer, 422: ErrorSerializer},
    )
    def create(self, request: Request) -> Response:
        """Hand in a manifest with its uploads; a worker registers it and starts the run."""
        wanted = _valid(SubmissionCreateSerializer, request)
        user = cast(User, request.user)
        files = _files(user, wanted.pop("files"))
        submission = submissions.submission_create(
            owner=user, name=wanted.pop("manifest_name"), files=files, **wanted
        )
        shown = SubmissionSerializer(submission, context=self.get_serializer_context())
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "wait", int, OpenApiParameter.QUERY, required=False,
                description=f"seconds to wait for the end, at most {LONGEST_WAIT_S}",
            )
        ]
    )  # fmt: skip
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """How far it is; with `?wait=30` the answer waits for the end, but no longer than that."""
        wait = _seconds(request.query_params.get("wait", "0"))
        submission: Submission = self.get_object()
        if wait and not submission.ended:
            submission = self._waited(submission, time.monotonic() + wait)
        self.shown_row = None  # its state is the run's: the content alone makes the ETag
        answer = Response(self.get_serializer(submission).data)
        if not submission.ended:
            answer["Retry-After"] = "2"
        return answer

    def _waited(self, submission: Submission, until: float) -> Submission:
        if not WAITERS.acquire(blocking=False):
            return submission
        try:
            while not submission.ended and time.monotonic() < until:
                if not connection.in_atomic_block:
                    connection.close()  # others need it meanwhile
                time.sleep(LOOK_EVERY_S)
                submission = get_object_or_404(self.get_queryset(), pk=submission.pk)
        finally:
            WAITERS.release()
        return submission

    @extend_schema(
        parameters=[
            OpenApiParameter("form", str, OpenApiParameter.PATH, enum=list(FORMATS), required=False)
        ],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, "application/sarif+json"): OpenApiTypes.OBJECT,
            (200, "application/xml"): OpenApiTypes.STR,
            (200, "text/markdown"): OpenApiTypes.STR,
            409: ErrorSerializer,
        },
    )
    @action(
        detail=True,
        methods=["get"],
        url_path=r"result(?:\.(?P<form>json|sarif|junit|md))?",
        content_negotiation_class=JsonAnyway,
    )
    def result(self, request: Request, pk: str, form: str | None = None) -> HttpResponse:
        """Result version 1; as SARIF, JUnit or Markdown by suffix (`result.md`) or by Accept."""
        submission: Submission = self.get_object()
        if submission.state_now != SubmissionState.FINISHED:
            raise Conflict(
                "submission.no_result",
                f"There is no result: the submission is {submission.state_now.label.lower()}.",
                "Ask again when its state is finished.",
            )
        content_type, make = FORMATS[form or _accepted(request)]
        return HttpResponse(make(submission), content_type=content_type)


def _accepted(request: Request) -> str:
    """The first format that Accept names; JSON when it names none."""
    for part in request.headers.get("Accept", "").split(","):
        wanted = part.split(";")[0].strip().lower()
        for name, (content_type, _) in FORMATS.items():
            if wanted == content_type.split(";")[0]:
                return name
    return "json"


def _files(user: User, wanted: Mapping[str, Any]) -> dict[str, StoredFile]:
    """The files behind upload ids; an upload of somebody else is as if it were not there."""
    mine: QuerySet[Upload] = Upload.objects.filter(
        owner=user, pk__in=wanted.values(), state=UploadState.COMPLETE
    )
    known = {upload.pk: upload.file for upload in mine.select_related("file")}
    missing = [path for path, pk in wanted.items() if known.get(pk) is None]
    if missing:
        raise ValidationError(
            {
                "files": [
                    f"{path[:100]}: no complete upload of yours has this id" for path in missing
                ]
            }
        )
    return {path: cast(StoredFile, known[pk]) for path, pk in wanted.items()}


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise ValidationError({"wait": [f"whole seconds, 0 to {LONGEST_WAIT_S}"]})
    return min(int(text), LONGEST_WAIT_S)


def _valid(kind: type[ManifestSerializer], request: Request) -> dict[str, Any]:
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
