"""Routes."""

from __future__ import annotations

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from assessments.api.push_views import MetricsView
from assessments.api.submission_views import ManifestView, SubmissionViewSet
from assessments.api.views import RunViewSet

router = SimpleRouter()
router.register("runs", RunViewSet, basename="api-run")
hooks = SimpleRouter()
hooks.trailing_slash = "/?"  # pipelines write these addresses by hand
hooks.register("assessments", SubmissionViewSet, basename="api-assessment")
urlpatterns = [
    path("manifests/check/", ManifestView.as_view(), name="api-manifest-check"),
    re_path(r"^metrics/?$", MetricsView.as_view(), name="api-metrics"),
    *router.urls,
    *hooks.urls,
]
