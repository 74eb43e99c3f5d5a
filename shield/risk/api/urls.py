"""Routes."""

from __future__ import annotations

from django.urls import path
from rest_framework.routers import SimpleRouter

from shield.risk.api import views

router = SimpleRouter()
router.register("risk", views.StandingViewSet, basename="api-risk")
router.register("policies", views.PolicyVersionViewSet, basename="api-policy-version")
router.register("policy-changes", views.PolicyChangeViewSet, basename="api-policy-change")
router.register("policy-exceptions", views.PolicyExceptionViewSet, basename="api-policy-exception")
router.register("tierings", views.TieringViewSet, basename="api-tiering")
router.register("appetites", views.AppetiteViewSet, basename="api-appetite")
urlpatterns = [
    path("tiering/questionnaire", views.QuestionnaireView.as_view(), name="api-questionnaire"),
    *router.urls,
]
