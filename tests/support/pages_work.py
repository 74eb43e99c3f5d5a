"""Pages of services, runs, findings and data, for the list of all pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from assessments.models import Submission
from shield.findings.models import Finding
from tests import sample_measurements as sample

if TYPE_CHECKING:
    from tests.support.pages import World


def assessment_pages(of: World) -> dict[str, str]:
    """Home, services and runs."""
    check = sample.DIFFERENCE
    return {
        "home": reverse("home"),
        "service-list": reverse("service-list"),
        "service-list filtered": reverse("service-list") + "?freshness=never&tier=high&q=fraud",
        "service-retire": reverse("service-retire", args=[of.service.slug]),
        "service-list without a match": reverse("service-list") + "?q=zzz",
        "service-detail": of.service.get_absolute_url(),
        "service-detail never assessed": of.hostile.get_absolute_url(),
        **{
            f"service-detail {part}": f"{of.service.get_absolute_url()}?tab={part}"
            for part in ("releases", "history", "settings")
        },
        "run-list": reverse("run-list"),
        "run-detail": of.run.get_absolute_url(),
        "run-detail filtered": of.run.get_absolute_url() + "?outcome=fail&pillar=fairness",
        "run-detail running": of.running.get_absolute_url(),
        "run-detail failed": of.failed.get_absolute_url(),
        "run-detail errored": of.errored.get_absolute_url(),
        **submission_pages(),
        "run-check": reverse("run-check", args=[of.run.pk, check]),
        "run-compare": reverse("run-compare"),
        "run-compare chosen": reverse("run-compare") + f"?before={of.earlier.pk}&after={of.run.pk}",
    }


def submission_pages() -> dict[str, str]:
    """What pipelines handed in, one of each end."""
    address = reverse("submission-list")
    return {
        "submission-list": address,
        "submission-list filtered": f"{address}?state=failed&state=running&who=me&kind=assessment",
        **{
            f"submission-detail {row.version_label}": row.get_absolute_url()
            for row in Submission.objects.all()
        },
    }


def finding_pages(of: World) -> dict[str, str]:
    """Findings and the decisions on them."""
    return {
        "finding-list": reverse("finding-list"),
        "finding-list filtered": reverse("finding-list") + "?severity=critical&severity=high",
        "finding-detail": of.finding.get_absolute_url(),
        "finding-detail accepted": of.accepted.finding.get_absolute_url(),
        "finding-detail called false": reverse(
            "finding-detail", args=[Finding.objects.get(pending="false_positive").pk]
        ),
        "finding-list with typed filters": reverse("finding-list")
        + "?owner=me&service=x&clock=overdue",
        "acceptance-list": reverse("acceptance-list"),
        "acceptance-list waiting": reverse("acceptance-list") + "?show=proposed",
        "acceptance-detail": of.accepted.get_absolute_url(),
        "acceptance-detail waiting": of.proposed.get_absolute_url(),
        "acceptance-propose": reverse("acceptance-propose", args=[of.finding.pk]),
        "finding-false-positive-propose": reverse(
            "finding-false-positive-propose", args=[of.finding.pk]
        ),
    }


def data_pages(of: World) -> dict[str, str]:
    """Test data and how long it is kept."""
    return {
        "dataset-detail": reverse("dataset-detail", args=[of.dataset.pk]),
        "dataset-detail erased": reverse("dataset-detail", args=[of.erased.pk]),
        "retention": reverse("retention"),
    }
