"""Every route of the API, version 1."""

from __future__ import annotations

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from shield.common.api_root import RootView
from shield.common.api_views import Nothing

urlpatterns = [
    path("", RootView.as_view(), name="api-root"),
    path("schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("", include("shield.accounts.api.urls")),
    path("", include("shield.registry.api.urls")),
    path("", include("shield.uploads.api.urls")),
    path("", include("shield.audit.api.urls")),
    path("", include("shield.findings.api.urls")),
    path("", include("shield.frameworks.api.urls")),
    path("", include("shield.incidents.api.urls")),
    path("", include("shield.risk.api.urls")),
    path("", include("shield.reports.api.urls")),
    path("", include("shield.notify.api.urls")),
    path("", include("shield.web.api.urls")),
    path("", include("assessments.api.urls")),
    re_path("", Nothing.as_view()),
]
