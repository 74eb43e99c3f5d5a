"""Routes."""

from __future__ import annotations

from django.urls import path

from assessments.views.acts import RunCancel, RunStart
from assessments.views.compare import RunCompare
from assessments.views.downloads import RunDownload
from assessments.views.runs import RunCheckPage, RunList, RunLive, RunPage
from assessments.views.submissions import SubmissionList, SubmissionPage

urlpatterns = [
    path("runs/", RunList.as_view(), name="run-list"),
    path("runs/compare/", RunCompare.as_view(), name="run-compare"),
    path("runs/submissions/", SubmissionList.as_view(), name="submission-list"),
    path("runs/submissions/<uuid:pk>/", SubmissionPage.as_view(), name="submission-detail"),
    path("runs/<uuid:pk>/", RunPage.as_view(), name="run-detail"),
    path("runs/<uuid:pk>/live/", RunLive.as_view(), name="run-live"),
    path("runs/<uuid:pk>/cancel/", RunCancel.as_view(), name="run-cancel"),
    path("runs/<uuid:pk>/download/<str:kind>/", RunDownload.as_view(), name="run-download"),
    path("runs/<uuid:pk>/checks/<str:check_id>/", RunCheckPage.as_view(), name="run-check"),
    path("versions/<int:pk>/assess/", RunStart.as_view(), name="run-start"),
]
