"""Routes."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from shield.registry.api import views

router = SimpleRouter()
router.register("services", views.ServiceViewSet, basename="api-service")
router.register("versions", views.VersionViewSet, basename="api-version")
router.register("datasets", views.DatasetViewSet, basename="api-dataset")
router.register("deployments", views.DeploymentViewSet, basename="api-deployment")

urlpatterns = [
    *router.urls,
    path("retention", views.RetentionView.as_view(), name="api-retention"),
    path(
        "schemas/shield-v1.schema.json",
        views.ManifestSchemaView.as_view(),
        name="api-manifest-schema",
    ),
]
