"""What pipelines handed in: the list, with one's own uploads, and one submission."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from assessments.filters import SubmissionFilter
from assessments.models import Submission
from assessments.selectors import submissions_listed, submissions_seen
from assessments.tables import SubmissionTable
from shield.accounts.pages import PermissionRequired
from shield.common.listing import ListPage
from shield.uploads.models import Upload

MOST_UPLOADS: Final = 10
MOST_SHOWN: Final = 50
"""Measurements of a dry run on its page; the downloads have all of them."""
BAD: Final = ("fail", "error", "inconclusive")
GRAVER: Final = ("critical", "high", "medium", "low")
DOWNLOADS: Final = (
    ("json", "JSON"),
    ("sarif", "SARIF"),
    ("junit", "JUnit XML"),
    ("md", "Markdown"),
)


class SubmissionList(PermissionRequired, ListPage[Submission]):
    """All of them, latest first."""

    act = "run.view"
    model = Submission
    table_class = SubmissionTable
    filterset_class = SubmissionFilter
    template_name = "assessments/submission_list.html"
    title = _("CI submissions")
    export_name = "submissions"
    export_columns = (
        "submission", "service", "version", "kind", "state", "gate", "run", "created_at",
        "finished_at", "owner", "commit", "error",
    )  # fmt: skip

    def get_queryset(self) -> QuerySet[Submission]:
        return submissions_listed(self.request.user).order_by("-created_at")

    def export_row(self, item: Submission) -> dict[str, object]:
        ended = item.run.finished_at if item.run is not None else item.finished_at
        return {
            "submission": str(item.pk),
            "service": item.service_slug,
            "version": item.version_label,
            "kind": "dry_run" if item.dry_run else "assessment",
            "state": item.state_now.value,
            "gate": item.verdict if item.state_now == "finished" else None,  # type: ignore[attr-defined]
            "run": str(item.run_id) if item.run_id else None,
            "created_at": item.created_at.isoformat(),
            "finished_at": ended.isoformat() if ended else None,
            "owner": item.owner.get_username(),
            "commit": item.source.get("commit"),
            "error": (item.trouble or {}).get("code"),
        }

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """With the files that the person has on the way; nobody sees another one's."""
        mine = Upload.objects.filter(owner=self.request.user.pk).order_by("-created_at")
        return super().get_context_data(**kwargs) | {"uploads": list(mine[:MOST_UPLOADS])}


class SubmissionPage(PermissionRequired, TemplateView):
    """One submission: how far it is, its verdict or what to correct, and what was handed in."""

    act = "run.view"
    template_name = "assessments/submission_detail.html"

    def get_context_data(self, **kwargs: object) -> dict[str, Any]:
        """The row, its files, and the parts of a dry run's result that are not good."""
        rows = submissions_seen(self.request.user).select_related("run__service", "run__version")
        row = get_object_or_404(rows, pk=self.kwargs["pk"])
        result = row.result or {}
        bad = [each for each in result.get("measurements", ()) if each.get("outcome") in BAD]
        bad.sort(key=_gravity)
        trouble = row.trouble or {}
        return super().get_context_data(**kwargs) | {
            "submission": row,
            "state": row.state_now,
            "gate": row.gate,
            "coverage": (row.run.coverage if row.run is not None else result.get("coverage")) or {},
            "progress": row.run.progress if row.run is not None else row.progress,
            "phase": row.run.phase if row.run is not None else row.phase,
            "warnings": result.get("warnings", []),
            "bad": bad[:MOST_SHOWN],
            "bad_total": len(bad),
            "trouble": trouble,
            "problems": (trouble.get("errors") or {}).get("problems", []),
            "files": list(row.files.select_related("file").order_by("path")),
            "job_url": _link(str(row.source.get("job_url", ""))),
            "downloads": DOWNLOADS,
        }


def _gravity(item: dict[str, Any]) -> tuple[int, int]:
    severity = item.get("severity")
    return BAD.index(item["outcome"]), GRAVER.index(severity) if severity in GRAVER else len(GRAVER)


def _link(text: str) -> str:
    """The address, if a browser may follow it: what a pipeline says of itself is not trusted."""
    return text if urlsplit(text).scheme in ("http", "https") else ""
