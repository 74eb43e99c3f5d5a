"""Every route of the product: the pages, the API and the operators' endpoints."""

from __future__ import annotations

from django.urls import include, path

from shield.admin import operators

urlpatterns = [
    path("admin/", operators.urls),
    path("", include("shield.web.urls")),
    path("", include("shield.accounts.urls")),
    path("", include("shield.registry.urls")),
    path("", include("shield.findings.urls")),
    path("", include("shield.frameworks.urls")),
    path("", include("shield.incidents.urls")),
    path("", include("shield.notify.urls")),
    path("", include("shield.risk.urls")),
    path("", include("assessments.urls")),
    path("api/v1/", include("shield.api_urls")),
]

handler400 = "shield.web.errors.bad_request"
handler403 = "shield.web.errors.permission_denied"
handler404 = "shield.web.errors.not_found"
handler500 = "shield.common.api_errors.server_error"
