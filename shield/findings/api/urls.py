"""Routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from shield.findings.api.decisions import AcceptanceViewSet, FalsePositiveViewSet
from shield.findings.api.views import FindingViewSet

router = SimpleRouter()
router.register("findings", FindingViewSet, basename="api-finding")
router.register("acceptances", AcceptanceViewSet, basename="api-acceptance")
router.register("false-positives", FalsePositiveViewSet, basename="api-false-positive")
urlpatterns = router.urls
