"""Routes."""

from __future__ import annotations

from django.urls import path

from shield.risk.views import changes, policies, risk, tiering, units

urlpatterns = [
    path("risk/", risk.RiskList.as_view(), name="risk-list"),
    path("risk/services/<slug:slug>/", risk.RiskServicePage.as_view(), name="risk-service"),
    path(
        "risk/services/<slug:slug>/tiering/",
        tiering.TieringAssess.as_view(),
        name="tiering-assess",
    ),
    path(
        "risk/services/<slug:slug>/exception/",
        changes.ExceptionPropose.as_view(),
        name="policy-exception-propose",
    ),
    path("risk/tierings/<int:pk>/", tiering.TieringPage.as_view(), name="tiering"),
    path("risk/tierings/<int:pk>/decide/", tiering.TieringDecide.as_view(), name="tiering-decide"),
    path(
        "risk/tierings/<int:pk>/withdraw/",
        tiering.TieringWithdraw.as_view(),
        name="tiering-withdraw",
    ),
    path("risk/units/<slug:slug>/", units.UnitPage.as_view(), name="risk-unit"),
    path(
        "risk/units/<slug:slug>/appetite/",
        units.AppetitePropose.as_view(),
        name="risk-unit-appetite",
    ),
    path("risk/appetites/<int:pk>/", units.AppetitePage.as_view(), name="appetite"),
    path("risk/appetites/<int:pk>/decide/", units.AppetiteDecide.as_view(), name="appetite-decide"),
    path(
        "risk/appetites/<int:pk>/withdraw/",
        units.AppetiteWithdraw.as_view(),
        name="appetite-withdraw",
    ),
    path("policies/", policies.PolicyList.as_view(), name="policy-list"),
    path("policies/changes/", changes.ChangeList.as_view(), name="policy-change-list"),
    path("policies/changes/<int:pk>/", changes.ChangePage.as_view(), name="policy-change"),
    path(
        "policies/changes/<int:pk>/live/",
        changes.ChangeLive.as_view(),
        name="policy-change-live",
    ),
    path(
        "policies/changes/<int:pk>/decide/",
        changes.ChangeDecide.as_view(),
        name="policy-change-decide",
    ),
    path(
        "policies/changes/<int:pk>/withdraw/",
        changes.ChangeWithdraw.as_view(),
        name="policy-change-withdraw",
    ),
    path(
        "policies/changes/<int:pk>/backtest/",
        changes.ChangeBacktest.as_view(),
        name="policy-change-backtest",
    ),
    path("policies/exceptions/<int:pk>/", changes.ExceptionPage.as_view(), name="policy-exception"),
    path(
        "policies/exceptions/<int:pk>/live/",
        changes.ExceptionLive.as_view(),
        name="policy-exception-live",
    ),
    path(
        "policies/exceptions/<int:pk>/decide/",
        changes.ExceptionDecide.as_view(),
        name="policy-exception-decide",
    ),
    path(
        "policies/exceptions/<int:pk>/withdraw/",
        changes.ExceptionWithdraw.as_view(),
        name="policy-exception-withdraw",
    ),
    path(
        "policies/exceptions/<int:pk>/backtest/",
        changes.ExceptionBacktest.as_view(),
        name="policy-exception-backtest",
    ),
    path("policies/<slug:tier>/", policies.PolicyPage.as_view(), name="policy-tier"),
    path(
        "policies/<slug:tier>/<int:number>/", policies.PolicyPage.as_view(), name="policy-version"
    ),
    path("policies/<slug:tier>/propose/", policies.PolicyPropose.as_view(), name="policy-propose"),
    path("policies/<slug:tier>/review/", policies.PolicyReviewed.as_view(), name="policy-review"),
]
