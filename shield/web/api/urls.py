"""Routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from shield.web.api.views import SavedViewSet

router = SimpleRouter()
router.register("saved-views", SavedViewSet, basename="api-saved-view")
urlpatterns = router.urls
