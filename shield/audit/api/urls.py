"""Routes."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from shield.audit.api import views

router = SimpleRouter()
router.register("history", views.EventViewSet, basename="api-history")
router.register("audit/heads", views.HeadViewSet, basename="api-audit-head")

urlpatterns = [
    *router.urls,
    path("audit/chains", views.TrailView.as_view(), name="api-audit-chains"),
    path("audit/keys", views.KeyView.as_view(), name="api-audit-keys"),
]
