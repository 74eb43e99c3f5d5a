"""Routes."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter

from shield.uploads.api.views import UploadViewSet

router = SimpleRouter(trailing_slash="/?")
router.register("uploads", UploadViewSet, basename="api-upload")
urlpatterns = router.urls
