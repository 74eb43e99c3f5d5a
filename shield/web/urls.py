"""Routes."""

from __future__ import annotations

from django.urls import path

from shield.web.health import healthz, readyz
from shield.web.metrics import MetricsView
from shield.web.views.api_pages import ApiGroup, ApiIndex
from shield.web.views.audit import AuditDetail, AuditIntegrity, AuditList
from shield.web.views.badge import BadgeAct, badge_image
from shield.web.views.client import ClientDigest, ClientFile
from shield.web.views.datasets import DatasetPage
from shield.web.views.deployments import DeploymentEnd, DeploymentStart
from shield.web.views.home import HomePage
from shield.web.views.moment import InProduction
from shield.web.views.moves import ServiceMove
from shield.web.views.orphans import OrphanFindings, OrphanServices, OrphansPage, OrphanTokens
from shield.web.views.owners import ServiceOwner
from shield.web.views.retention import DatasetErase, RetentionPage
from shield.web.views.retire import ServiceRestore, ServiceRetire
from shield.web.views.saved import ViewDefault, ViewRemove, ViewSave
from shield.web.views.services import ServiceList, ServicePage

urlpatterns = [
    path("", HomePage.as_view(), name="home"),
    path("client/shield_ci.py", ClientFile.as_view(), name="client"),
    path("client/shield_ci.py.sha256", ClientDigest.as_view(), name="client-digest"),
    path("api/", ApiIndex.as_view(), name="api-docs"),
    path("api/about/<str:group>/", ApiGroup.as_view(), name="api-docs-group"),
    path("services/", ServiceList.as_view(), name="service-list"),
    path("services/<slug:slug>/", ServicePage.as_view(), name="service-detail"),
    path("services/<slug:slug>/unit/", ServiceMove.as_view(), name="service-move"),
    path("services/<slug:slug>/owner/", ServiceOwner.as_view(), name="service-owner"),
    path("services/<slug:slug>/deployments/", DeploymentStart.as_view(), name="deployment-start"),
    path("deployments/<int:pk>/end/", DeploymentEnd.as_view(), name="deployment-end"),
    path("datasets/<int:pk>/", DatasetPage.as_view(), name="dataset-detail"),
    path("datasets/<int:pk>/erase/", DatasetErase.as_view(), name="dataset-erase"),
    path("retention/", RetentionPage.as_view(), name="retention"),
    path("audit/", AuditList.as_view(), name="audit-list"),
    path("audit/<int:pk>/", AuditDetail.as_view(), name="audit-detail"),
    path("audit/integrity/", AuditIntegrity.as_view(), name="audit-integrity"),
    path("services/<slug:slug>/retire/", ServiceRetire.as_view(), name="service-retire"),
    path("services/<slug:slug>/restore/", ServiceRestore.as_view(), name="service-restore"),
    path("services/<slug:slug>/badge/", BadgeAct.as_view(), name="service-badge"),
    path("badge/<slug:slug>.svg", badge_image, name="badge"),
    path("in-production/", InProduction.as_view(), name="in-production"),
    path("orphans/", OrphansPage.as_view(), name="orphans"),
    path("orphans/services/", OrphanServices.as_view(), name="orphan-services"),
    path("orphans/findings/", OrphanFindings.as_view(), name="orphan-findings"),
    path("orphans/tokens/", OrphanTokens.as_view(), name="orphan-tokens"),
    path("views/", ViewSave.as_view(), name="saved-view-save"),
    path("views/<int:pk>/remove/", ViewRemove.as_view(), name="saved-view-remove"),
    path("views/<int:pk>/default/", ViewDefault.as_view(), name="saved-view-default"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", MetricsView.as_view(), name="metrics"),
]
