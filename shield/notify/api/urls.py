"""Routes."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from shield.notify.api.endpoints import DeliveryViewSet, EndpointViewSet
from shield.notify.api.views import AttendingViewSet, NotificationViewSet, PreferenceView

router = SimpleRouter()
router.register("notifications", NotificationViewSet, basename="api-notification")
router.register("attention", AttendingViewSet, basename="api-attention")
router.register("webhooks", EndpointViewSet, basename="api-webhook")
router.register("webhook-deliveries", DeliveryViewSet, basename="api-webhook-delivery")

urlpatterns = [
    path(
        "notification-preferences/", PreferenceView.as_view(), name="api-notification-preferences"
    ),
    *router.urls,
]
