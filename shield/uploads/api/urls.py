"""Routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from shield.uploads.api.views import UploadViewSet

router = SimpleRouter()
router.trailing_slash = "/?"  # pipelines write these addresses by hand
router.register("uploads", UploadViewSet, basename="api-upload")
urlpatterns = router.urls
