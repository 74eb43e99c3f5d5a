"""Routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from shield.findings.api.views import FindingViewSet

router = SimpleRouter()
router.register("findings", FindingViewSet, basename="api-finding")
urlpatterns = router.urls
