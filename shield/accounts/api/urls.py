"""Routes."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from shield.accounts.api import own, views

router = SimpleRouter()
router.register("users", views.UserViewSet, basename="api-person")
router.register("units", views.UnitViewSet, basename="api-unit")
router.register("grants", views.GrantViewSet, basename="api-grant")
router.register("tokens", own.TokenViewSet, basename="api-token")
router.register("sessions", own.SessionViewSet, basename="api-session")

urlpatterns = [*router.urls, path("account", own.AccountView.as_view(), name="api-account")]
