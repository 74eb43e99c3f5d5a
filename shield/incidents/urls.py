"""Routes."""

from __future__ import annotations

from django.urls import path

from shield.incidents import views

urlpatterns = [
    path("incidents/", views.IncidentList.as_view(), name="incident-list"),
    path("incidents/<int:pk>/", views.IncidentPage.as_view(), name="incident-detail"),
    path("incidents/<int:pk>/change/", views.IncidentChange.as_view(), name="incident-change"),
    path("incidents/<int:pk>/comment/", views.IncidentComment.as_view(), name="incident-comment"),
    path("incidents/<int:pk>/<slug:move>/", views.IncidentMove.as_view(), name="incident-move"),
    path(
        "services/<slug:slug>/incidents/report/",
        views.IncidentReport.as_view(),
        name="service-incident-report",
    ),
]
