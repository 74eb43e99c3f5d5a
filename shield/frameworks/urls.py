"""Routes."""

from __future__ import annotations

from django.urls import path

from shield.frameworks.views import coverage, statements

urlpatterns = [
    path("frameworks/", coverage.FrameworkList.as_view(), name="framework-list"),
    path(
        "frameworks/<slug:framework>/",
        coverage.FrameworkPage.as_view(),
        name="framework-detail",
    ),
    path(
        "frameworks/<slug:framework>/services/",
        coverage.FrameworkServices.as_view(),
        name="framework-services",
    ),
    path(
        "services/<slug:slug>/frameworks/<slug:framework>/",
        coverage.ServiceFrameworkPage.as_view(),
        name="service-framework",
    ),
    path(
        "services/<slug:slug>/frameworks/<slug:framework>/<slug:requirement>/sign/",
        statements.StatementSign.as_view(),
        name="statement-sign",
    ),
    path("statements/", statements.StatementList.as_view(), name="statement-list"),
    path("statements/<int:pk>/", statements.StatementPage.as_view(), name="statement-detail"),
    path(
        "statements/<int:pk>/withdraw/",
        statements.StatementWithdraw.as_view(),
        name="statement-withdraw",
    ),
]
