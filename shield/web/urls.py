"""Routes."""

from __future__ import annotations

from django.urls import path

from shield.web.health import healthz, readyz
from shield.web.metrics import MetricsView
from shield.web.views.audit import AuditDetail, AuditIntegrity, AuditList
from shield.web.views.datasets import DatasetPage
from shield.web.views.deployments import DeploymentEnd, DeploymentStart
from shield.web.views.home import HomePage
from shield.web.views.retention import DatasetErase, RetentionPage
from shield.web.views.services import ServiceList, ServicePage

urlpatterns = [
    path("", HomePage.as_view(), name="home"),
    path("services/", ServiceList.as_view(), name="service-list"),
    path("services/<slug:slug>/", ServicePage.as_view(), name="service-detail"),
    path("services/<slug:slug>/deployments/", DeploymentStart.as_view(), name="deployment-start"),
    path("deployments/<int:pk>/end/", DeploymentEnd.as_view(), name="deployment-end"),
    path("datasets/<int:pk>/", DatasetPage.as_view(), name="dataset-detail"),
    path("datasets/<int:pk>/erase/", DatasetErase.as_view(), name="dataset-erase"),
    path("retention/", RetentionPage.as_view(), name="retention"),
    path("audit/", AuditList.as_view(), name="audit-list"),
    path("audit/<int:pk>/", AuditDetail.as_view(), name="audit-detail"),
    path("audit/integrity/", AuditIntegrity.as_view(), name="audit-integrity"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
]
