"""Routes."""

from __future__ import annotations

from django.urls import path

from shield.findings.views import acceptances, acts, bulk, detail, listing

ONE = "findings/<int:pk>/"
CLAIM = "findings/<int:pk>/false-positives/<int:claim>/"
ACCEPTANCE = "acceptances/<int:pk>/"

urlpatterns = [
    path("findings/", listing.FindingList.as_view(), name="finding-list"),
    path("findings/bulk/", bulk.FindingBulk.as_view(), name="finding-bulk"),
    path(ONE, detail.FindingPage.as_view(), name="finding-detail"),
    path(f"{ONE}comment/", acts.FindingComment.as_view(), name="finding-comment"),
    path(f"{ONE}claim/", acts.FindingClaim.as_view(), name="finding-claim"),
    path(f"{ONE}assign/", acts.FindingAssign.as_view(), name="finding-assign"),
    path(f"{ONE}start/", acts.FindingStart.as_view(), name="finding-start"),
    path(f"{ONE}release/", acts.FindingRelease.as_view(), name="finding-release"),
    path(f"{ONE}severity/", acts.FindingSeverity.as_view(), name="finding-severity"),
    path(f"{ONE}due/", acts.FindingDue.as_view(), name="finding-due"),
    path(f"{ONE}reopen/", acts.FindingReopen.as_view(), name="finding-reopen"),
    path(f"{ONE}tickets/", acts.FindingTicket.as_view(), name="finding-ticket"),
    path(
        f"{ONE}tickets/<int:ticket>/remove/",
        acts.FindingTicketRemove.as_view(),
        name="finding-ticket-remove",
    ),
    path(f"{ONE}accept/", acceptances.AcceptancePropose.as_view(), name="acceptance-propose"),
    path(
        f"{ONE}false-positive/",
        acceptances.FalsePositivePropose.as_view(),
        name="finding-false-positive-propose",
    ),
    path(f"{CLAIM}confirm/", acts.ClaimConfirm.as_view(), name="finding-false-positive-confirm"),
    path(f"{CLAIM}reject/", acts.ClaimReject.as_view(), name="finding-false-positive-reject"),
    path(f"{CLAIM}withdraw/", acts.ClaimWithdraw.as_view(), name="finding-false-positive-withdraw"),
    path("acceptances/", acceptances.AcceptanceList.as_view(), name="acceptance-list"),
    path(ACCEPTANCE, acceptances.AcceptancePage.as_view(), name="acceptance-detail"),
    path(
        f"{ACCEPTANCE}approve/", acceptances.AcceptanceApprove.as_view(), name="acceptance-approve"
    ),
    path(f"{ACCEPTANCE}reject/", acceptances.AcceptanceReject.as_view(), name="acceptance-reject"),
    path(
        f"{ACCEPTANCE}withdraw/",
        acceptances.AcceptanceWithdraw.as_view(),
        name="acceptance-withdraw",
    ),
]
