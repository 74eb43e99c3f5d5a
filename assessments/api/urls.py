"""Routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from assessments.api.views import RunViewSet

router = SimpleRouter()
router.register("runs", RunViewSet, basename="api-run")
urlpatterns = router.urls
