"""What counts as evidence: of the newest version, of the manifest that it has now, pillar by pillar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from shield.evidence.measurement import Measurement
from shield.records.models import Run
from shield.registry.badges import badge_issue
from shield.registry.changes import SERVICE_CHANGED
from shield.registry.models import Service, Version
from shield.risk.models import Standing
from shield.risk.selectors import cells_of
from shield.web.badge_image import verdict_of
from shield.web.selectors import services_overview
from tests import factories
from tests import sample_measurements as sample

pytestmark = pytest.mark.django_db

FAIRNESS = [item for item in sample.loan_measurements() if item.check.startswith("fairness")]
PERFORMANCE = [item for item in sample.loan_measurements() if item.check.startswith("performance")]


def good(found: list[Measurement]) -> list[Measurement]:
    """The same measurements with nothing wrong and nothing open."""
    return [factories.passing(item) for item in found if item.threshold and item.interval]


def assessed(of: Version, found: list[Measurement], *, days: float = 0.0, **more: object) -> Run:
    run = factories.run(of, found, inputs={"manifest": of.manifest, "group_rules": {}}, **more)
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=days))
    SERVICE_CHANGED.tell([of.service_id])
    return run


def standing(of: Service) -> Standing:
    return Standing.objects.select_related("service").get(service=of)


def kinds(of: Service, at: datetime | None = None) -> dict[str, str]:
    cells = cells_of(standing(of), ["fairness", "performance"], at)
    return {pillar: cell.kind for pillar, cell in cells.items()}


def badge(of: Service) -> tuple[str, str]:
    badge_issue(service=of, actor="olga")
    verdict = verdict_of(services_overview().get(pk=of.pk))
    return verdict.word, verdict.colour


def test_an_older_version_that_is_run_again_says_nothing_of_the_newest() -> None:
    service = factories.service()
    first, second = (factories.version(service, label) for label in ("1", "2"))
    monday = assessed(second, FAIRNESS, days=1)
    assessed(first, good(FAIRNESS))
    row = standing(service)
    assert (row.last_run_id, row.last_outcome, row.superseded) == (monday.pk, "fail", "")
    assert row.pillars["fairness"]["version"] == "2"
    assert kinds(service)["fairness"] == "fail"
    assert badge(service) == ("fails", "fail")


def test_a_pillar_that_only_an_older_version_has_is_stale_beside_fresh_ones() -> None:
    service = factories.service()
    first, second = (factories.version(service, label) for label in ("1", "2"))
    assessed(first, good(FAIRNESS + PERFORMANCE))
    assessed(second, good(FAIRNESS))
    assert kinds(service) == {"fairness": "pass", "performance": "stale"}
    cell = cells_of(standing(service), ["performance"])["performance"]
    assert (cell.version, cell.superseded, cell.outcome) == ("1", "version", "pass")


def test_a_pillar_ages_by_its_own_time_not_by_that_of_the_last_run() -> None:
    service = factories.service(tier="high")  # evidence holds for 90 days
    version = factories.version(service)
    assessed(version, good(PERFORMANCE), days=89)
    assessed(version, good(FAIRNESS))
    assert kinds(service) == {"fairness": "pass", "performance": "pass"}
    later = timezone.now() + timedelta(days=2)
    assert kinds(service, later) == {"fairness": "pass", "performance": "stale"}


def sensitive(manifest: dict) -> None:
    manifest["data"]["sensitive"] = ["race"]


def favourable(manifest: dict) -> None:
    manifest["data"]["favourable"] = 0


def limits(manifest: dict) -> None:
    manifest["policy"] = {sample.RATIO: {"min": 0.9}}


def owner(manifest: dict) -> None:
    manifest["service"]["owner"] = "somebody-else@example.org"


def path(manifest: dict) -> None:
    manifest["data"]["test"]["path"] = "moved/test.csv"


def registered_again(of: Version, change: Callable[[dict], None]) -> None:
    """The same label with another manifest, as registering leaves it."""
    manifest = Version.objects.get(pk=of.pk).manifest
    change(manifest)
    Version.objects.filter(pk=of.pk).update(manifest=manifest)
    SERVICE_CHANGED.tell([of.service_id])


@pytest.mark.parametrize("change", [sensitive, favourable, limits])
def test_another_manifest_of_the_same_version_ends_the_evidence(
    change: Callable[[dict], None],
) -> None:
    version = factories.version()
    assessed(version, good(FAIRNESS))
    assert kinds(version.service)["fairness"] == "pass"
    assert badge(version.service) == ("passes", "pass")
    registered_again(version, change)
    row = standing(version.service)
    assert (row.superseded, row.fresh_until) == ("manifest", None)
    assert "superseded" in {reason["code"] for reason in row.score_reasons}
    assert kinds(version.service)["fairness"] == "stale"
    assert badge(version.service) == ("stale", "grey")


@pytest.mark.parametrize("change", [owner, path])
def test_who_answers_for_it_and_where_files_lie_end_no_evidence(
    change: Callable[[dict], None],
) -> None:
    version = factories.version()
    assessed(version, good(FAIRNESS))
    registered_again(version, change)
    assert standing(version.service).superseded == ""


def test_what_the_tier_asks_for_and_the_manifest_left_out_is_not_measured() -> None:
    version = factories.version(factories.service(tier="high"))
    assessed(version, good(FAIRNESS), left_out=["fairness.auc_gap", "performance.auc"])
    row = standing(version.service)
    measured = row.coverage["measured"]
    assert row.coverage["planned"] == measured + 2
    assert row.pillars["fairness"]["planned"] == measured + 1
    assert "unknown" in {reason["code"] for reason in row.score_reasons}
    word, colour = badge(version.service)
    assert colour == "grey"
    assert f"{measured} of {measured + 2}" in word
