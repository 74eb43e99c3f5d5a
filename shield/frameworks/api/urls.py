"""Routes."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from shield.frameworks.api import views

router = SimpleRouter()
router.register("coverage", views.CoverageViewSet, basename="api-coverage")
router.register("statements", views.StatementViewSet, basename="api-statement")

urlpatterns = [
    *router.urls,
    path("frameworks/", views.FrameworkListView.as_view(), name="api-framework-list"),
    path(
        "frameworks/<slug:framework>/", views.FrameworkView.as_view(), name="api-framework-detail"
    ),
    path(
        "services/<slug:slug>/frameworks/<slug:framework>/",
        views.ServiceFrameworkView.as_view(),
        name="api-service-framework",
    ),
]
