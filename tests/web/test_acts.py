"""The forms of the pages: each calls its service, says so, and leads back."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from shield.accounts.choices import Role
from shield.audit.models import Event
from shield.findings.choices import FindingState
from shield.records.choices import RunState
from shield.records.models import Run
from shield.records.services import run_create
from shield.registry.services import service_retire
from shield.risk.defaults import tier_policy
from tests import factories
from tests.support.pages import World


def test_a_comment_stands_on_the_timeline(signed_in: Client, scene: World) -> None:
    url = reverse("finding-comment", args=[scene.finding.pk])
    html = signed_in.post(url, {"text": "We <b>retrain</b>"}, follow=True).content.decode()
    assert "We &lt;b&gt;retrain&lt;/b&gt;" in html
    assert Event.objects.filter(act="finding.comment", actor=scene.user.username).exists()


def test_an_empty_comment_is_refused_with_a_word(signed_in: Client, scene: World) -> None:
    before = scene.finding.timeline.count()
    url = reverse("finding-comment", args=[scene.finding.pk])
    response = signed_in.post(url, {"text": "  "}, follow=True)
    assert "notice-error" in response.content.decode()
    assert scene.finding.timeline.count() == before


def test_taking_a_finding_makes_me_the_owner_and_giving_it_back_nobody(
    signed_in: Client, scene: World
) -> None:
    url = reverse("finding-claim", args=[scene.finding.pk])
    signed_in.post(url)
    scene.finding.refresh_from_db()
    assert scene.finding.assignee == scene.user
    signed_in.post(url)
    scene.finding.refresh_from_db()
    assert scene.finding.assignee is None


def test_a_risk_officer_assigns_others_by_name(client: Client, scene: World) -> None:
    client.force_login(factories.user("dan", role=Role.RISK_OFFICER))
    url = reverse("finding-assign", args=[scene.finding.pk])
    client.post(url, {"assignee": scene.user.username})
    scene.finding.refresh_from_db()
    assert scene.finding.assignee == scene.user
    html = client.post(url, {"assignee": "nobody-here"}, follow=True).content.decode()
    assert "There is no active account of this name." in html


def test_the_second_of_two_forms_of_one_state_is_a_conflict_that_names_the_first(
    signed_in: Client, scene: World
) -> None:
    seen = scene.finding.seen_token
    url = reverse("finding-start", args=[scene.finding.pk])
    signed_in.post(reverse("finding-claim", args=[scene.finding.pk]), {"seen": seen})
    late = signed_in.post(url, {"category": "data", "note": "", "seen": seen})
    assert late.status_code == 409
    html = late.content.decode()
    assert "finding_changed" in html
    assert f"Assigned, by {scene.user.username}" in html


def test_starting_work_changes_the_state_once(signed_in: Client, scene: World) -> None:
    url = reverse("finding-start", args=[scene.finding.pk])
    signed_in.post(url, {"category": "retrain", "note": "retrain"})
    scene.finding.refresh_from_db()
    assert scene.finding.state == FindingState.IN_PROGRESS
    again = signed_in.post(url, {"category": "retrain", "note": ""})
    assert again.status_code == 409
    assert "finding_transition" in again.content.decode()


def test_cancelling_asks_the_run_to_stop(signed_in: Client, scene: World) -> None:
    html = signed_in.post(
        reverse("run-cancel", args=[scene.running.pk]), follow=True
    ).content.decode()
    assert "Stopping" in html
    assert Run.objects.get(pk=scene.running.pk).cancel_requested_at is not None


def test_a_run_that_is_cancelled_before_a_worker_took_it_still_has_a_page(
    signed_in: Client, scene: World
) -> None:
    queued = run_create(
        version=scene.run.version, plan=[], inputs={}, policy=tier_policy("high"), seed=0, actor="x"
    )
    url = reverse("run-cancel", args=[queued.pk])
    response = signed_in.post(url, follow=True)
    assert response.status_code == 200
    assert Run.objects.get(pk=queued.pk).state == RunState.CANCELLED
    assert "This run was cancelled" in response.content.decode()


def test_cancelling_too_late_is_a_conflict_with_a_hint(signed_in: Client, scene: World) -> None:
    response = signed_in.post(reverse("run-cancel", args=[scene.run.pk]))
    assert response.status_code == 409
    assert "run.ended" in response.content.decode()


def test_a_deployment_starts_and_ends_from_the_page(signed_in: Client, scene: World) -> None:
    service = scene.service
    newest = service.versions.first()
    url = reverse("deployment-start", args=[service.slug])
    why = {"reason": "release", "comment": "All checks pass"}
    signed_in.post(url, {"version": newest.pk, "environment": "production"} | why)
    current = service.deployments.get(ended_at=None)
    assert current.version == newest
    assert service.deployments.count() == 2
    why = {"reason": "incident", "comment": "INC-3"}
    signed_in.post(reverse("deployment-end", args=[current.pk]), why)
    assert not service.deployments.filter(ended_at=None).exists()
    told = Event.objects.filter(act__startswith="deployment.").order_by("pk")
    assert list(told.values_list("act", "reason")) == [
        ("deployment.end", "A new version is released: All checks pass"),
        ("deployment.start", "A new version is released: All checks pass"),
        ("deployment.end", "Because of an incident: INC-3"),
    ]


def test_a_deployment_neither_starts_nor_ends_without_a_reason(
    signed_in: Client, scene: World
) -> None:
    service = scene.service
    before = list(service.deployments.values())
    start = reverse("deployment-start", args=[service.slug])
    wanted = {"version": service.versions.first().pk, "environment": "staging"}
    end = reverse("deployment-end", args=[service.deployments.get(ended_at=None).pk])
    for url, data in ((start, wanted), (end, {}), (end, {"reason": "incident", "comment": " "})):
        html = signed_in.post(url, data, follow=True).content.decode()
        assert "notice-error" in html
        assert "Comment: " in html
    assert list(service.deployments.values()) == before


def test_a_version_of_another_service_cannot_be_deployed(signed_in: Client, scene: World) -> None:
    other = scene.failed.version
    url = reverse("deployment-start", args=[scene.service.slug])
    why = {"reason": "release", "comment": "x"}
    signed_in.post(url, {"version": other.pk, "environment": "staging"} | why)
    assert not scene.service.deployments.filter(environment="staging").exists()


def test_polling_a_live_run_gives_a_fragment_that_asks_again(
    signed_in: Client, scene: World
) -> None:
    response = signed_in.get(reverse("run-live", args=[scene.running.pk]))
    html = response.content.decode()
    assert "<html" not in html
    assert 'hx-trigger="every 2s"' in html
    assert "HX-Refresh" not in response


def test_polling_a_run_that_has_ended_reloads_the_page(signed_in: Client, scene: World) -> None:
    Run.objects.filter(pk=scene.running.pk).update(state=RunState.FINISHED)
    response = signed_in.get(reverse("run-live", args=[scene.running.pk]))
    assert response["HX-Refresh"] == "true"
    assert "hx-trigger" not in response.content.decode()


def test_assessing_again_queues_a_run_and_shows_it(signed_in: Client, scene: World) -> None:
    response = signed_in.post(reverse("run-start", args=[scene.run.version_id]), follow=True)
    started = Run.objects.filter(service=scene.service).order_by("-queued_at").first()
    assert started.pk not in {scene.run.pk, scene.earlier.pk, scene.running.pk}
    assert started.state == RunState.QUEUED
    assert started.requested_by == scene.user.username
    assert "Waiting for a worker" in response.content.decode()


def test_a_retired_service_is_not_assessed_again_and_its_runs_offer_it_no_more(
    signed_in: Client, scene: World
) -> None:
    address, url = scene.run.get_absolute_url(), reverse("run-start", args=[scene.run.version_id])
    assert url in signed_in.get(address).content.decode()
    service_retire(service=scene.service, actor="olga", reason="Replaced")
    assert url not in signed_in.get(address).content.decode()
    before = Run.objects.count()
    assert signed_in.post(url).status_code == 409
    assert Run.objects.count() == before
