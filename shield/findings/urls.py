"""Routes."""

from __future__ import annotations

from django.urls import path

from shield.findings import views

urlpatterns = [
    path("findings/", views.FindingList.as_view(), name="finding-list"),
    path("findings/<int:pk>/", views.FindingPage.as_view(), name="finding-detail"),
    path("findings/<int:pk>/comment/", views.FindingComment.as_view(), name="finding-comment"),
    path("findings/<int:pk>/assign/", views.FindingAssign.as_view(), name="finding-assign"),
    path("findings/<int:pk>/start/", views.FindingStart.as_view(), name="finding-start"),
]
