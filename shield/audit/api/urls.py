"""Routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from shield.audit.api.views import EventViewSet

router = SimpleRouter()
router.register("history", EventViewSet, basename="api-history")

urlpatterns = router.urls
