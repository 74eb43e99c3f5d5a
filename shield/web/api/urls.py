"""Routes."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from shield.web.api import upkeep
from shield.web.api.views import SavedViewSet

router = SimpleRouter()
router.register("saved-views", SavedViewSet, basename="api-saved-view")
urlpatterns = [
    *router.urls,
    path("in-production/", upkeep.InProductionView.as_view(), name="api-in-production"),
    path("orphans/", upkeep.OrphansView.as_view(), name="api-orphans"),
    path("services/<slug:slug>/owner/", upkeep.OwnerView.as_view(), name="api-service-owner"),
    path("services/<slug:slug>/badge/", upkeep.BadgeView.as_view(), name="api-service-badge"),
]
