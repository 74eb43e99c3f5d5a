"""The navigation's entries for the rooms below this one; upper apps add theirs in `AppConfig.ready()`."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from shield.web.navigation import NavEntry

ENTRIES: Final = (
    NavEntry(_("Home"), "home", "home", "finding.view", 10, key="h"),
    NavEntry(
        _("Services"), "service-list", "stack-2", "service.view", 20,
        routes=("service-detail", "dataset-detail"), key="s",
    ),
    NavEntry(
        _("Findings"), "finding-list", "flag", "finding.view", 40,
        routes=(
            "finding-detail", "finding-bulk", "acceptance-propose",
            "finding-false-positive-propose",
        ),
        key="f",
    ),
    NavEntry(
        _("Incidents"), "incident-list", "alert-octagon", "incident.view", 45,
        routes=("incident-detail", "incident-change", "service-incident-report"), key="i",
    ),
    NavEntry(
        _("Acceptances"), "acceptance-list", "thumb-up", "finding.view", 52,
        routes=("acceptance-detail",), key="a",
    ),
    NavEntry(
        _("Risk"), "risk-list", "gauge", "risk.view", 54,
        routes=(
            "risk-service", "risk-unit", "appetite", "tiering", "tiering-assess",
            "policy-exception-propose",
        ), key="k",
    ),
    NavEntry(
        _("Policies"), "policy-list", "adjustments", "policy.view", 56,
        routes=(
            "policy-tier", "policy-version", "policy-propose", "policy-change-list",
            "policy-change", "policy-exception",
        ), key="p",
    ),
    NavEntry(
        _("In production"), "in-production", "rocket", "service.view", 25,
    ),
    NavEntry(
        _("Without an owner"), "orphans", "user-plus", "service.view", 91,
    ),
    NavEntry(
        _("Frameworks"), "framework-list", "list-check", "framework.view", 70,
        routes=(
            "framework-detail", "framework-services", "service-framework",
            "statement-list", "statement-detail", "statement-sign",
        ), key="w",
    ),
    NavEntry(
        _("Webhooks"), "webhook-list", "rocket", "webhook.manage", 92,
        routes=("webhook-new", "webhook-detail", "webhook-change", "webhook-delivery"),
    ),
    NavEntry(
        _("Audit trail"), "audit-list", "history", "history.view", 76,
        routes=("audit-detail", "audit-integrity"), key="t",
    ),
    NavEntry(
        _("People"), "person-list", "users", "user.manage", 93,
        routes=("person-detail", "person-new"),
    ),
    NavEntry(_("Business units"), "unit-list", "building", "unit.manage", 94),
    NavEntry(
        _("Data retention"), "retention", "database", "settings.manage", 95,
    ),
)  # fmt: skip
