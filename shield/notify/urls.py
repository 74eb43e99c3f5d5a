"""Routes."""

from __future__ import annotations

from django.urls import path

from shield.notify.views import endpoints, personal

urlpatterns = [
    path("notifications/", personal.NotificationList.as_view(), name="notification-list"),
    path("notifications/bell/", personal.Bell.as_view(), name="notification-bell"),
    path("notifications/read/", personal.ReadAll.as_view(), name="notification-read-all"),
    path("notifications/<int:pk>/", personal.Open.as_view(), name="notification-open"),
    path("notifications/<int:pk>/read/", personal.ReadOne.as_view(), name="notification-read"),
    path("notifications/unsubscribe/", personal.Unsubscribe.as_view(), name="unsubscribe"),
    path("account/notifications/", personal.Preferences.as_view(), name="notification-preferences"),
    path("services/<slug:slug>/attention/", personal.AttendService.as_view(), name="service-attention"),
    path("findings/<int:pk>/attention/", personal.AttendFinding.as_view(), name="finding-attention"),
    path("webhooks/", endpoints.EndpointList.as_view(), name="webhook-list"),
    path("webhooks/new/", endpoints.EndpointNew.as_view(), name="webhook-new"),
    path("webhooks/<int:pk>/", endpoints.EndpointPage.as_view(), name="webhook-detail"),
    path("webhooks/<int:pk>/change/", endpoints.EndpointChange.as_view(), name="webhook-change"),
    path("webhooks/<int:pk>/switch/", endpoints.EndpointSwitch.as_view(), name="webhook-switch"),
    path("webhooks/<int:pk>/rotate/", endpoints.EndpointRotate.as_view(), name="webhook-rotate"),
    path("webhooks/<int:pk>/ping/", endpoints.EndpointPing.as_view(), name="webhook-ping"),
    path("webhooks/<int:pk>/replay/", endpoints.EndpointReplay.as_view(), name="webhook-replay"),
    path("webhooks/<int:pk>/deliveries/<uuid:delivery>/", endpoints.DeliveryPage.as_view(), name="webhook-delivery"),
]  # fmt: skip
