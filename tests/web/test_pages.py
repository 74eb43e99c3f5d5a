"""What the pages say: names stay text, empty states help, numbers link to lists that sum to them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from shield.accounts.choices import Role
from shield.accounts.models import Grant
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.records.models import MeasurementRecord
from shield.registry.models import Service
from tests import factories
from tests import sample_measurements as sample
from tests.support.pages import BIDI, LONG, STATUS, World, pages


def body(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return re.sub(r"\s+", " ", response.content.decode())


def test_no_page_runs_or_styles_anything_inline(signed_in: Client, scene: World) -> None:
    for role in (Role.RISK_OFFICER, Role.APPROVER):
        Grant.objects.create(user=scene.user, role=role)
    for name, url in pages(scene).items():
        response = signed_in.get(url)
        assert response.status_code == STATUS.get(name, 200), name
        html = response.content.decode()
        assert "<script>alert" not in html, name
        assert not re.search(r"<script(?![^>]*\ssrc=)", html), name
        assert not re.search(r"\sstyle=", html), name
        assert not re.search(r"\son[a-z]+=", html), name


def test_every_page_carries_the_strict_policy(signed_in: Client, scene: World) -> None:
    policy = signed_in.get(reverse("home"))["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_names_from_data_are_text_with_a_direction_of_their_own(
    signed_in: Client, scene: World
) -> None:
    html = body(signed_in, reverse("service-list"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert f"<bdi>{BIDI}".replace("<script>", "&lt;script&gt;")[:20] in html
    assert LONG[:100] in unescape(body(signed_in, scene.hostile.get_absolute_url()))


def test_times_are_utc_machine_readable_and_full_on_hover(signed_in: Client, scene: World) -> None:
    html = body(signed_in, scene.finding.get_absolute_url())
    found = re.findall(r'<time datetime="([^"]+)" title="([^"]+)">', html)
    assert found
    for stamp, title in found:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp)
        assert title == f"{stamp[:10]} {stamp[11:19]} UTC"


@pytest.mark.parametrize("name", ["home", "service-list", "run-list", "finding-list"])
def test_an_empty_installation_gives_the_next_command_to_copy(
    client: Client, db: None, name: str
) -> None:
    client.force_login(factories.user(role=Role.VIEWER))
    html = body(client, reverse(name))
    assert 'data-copy=".venv/bin/python manage.py assess shield.yaml"' in html


def test_a_filter_without_a_match_offers_the_way_back(signed_in: Client, scene: World) -> None:
    html = body(signed_in, reverse("finding-list") + "?q=nothing-like-this")
    assert "Nothing matches these filters" in html
    assert f'href="{reverse("finding-list")}"' in html


def test_every_number_of_the_home_page_opens_a_list_of_that_many(
    signed_in: Client, scene: World
) -> None:
    html = body(signed_in, reverse("home"))
    tiles = re.findall(
        r'class="tile[^"]*" href="([^"]+)">.*?class="tile-total">([\d,]+)<', html, re.DOTALL
    )
    assert len(tiles) == 10
    assert sum(int(total) for _, total in tiles) > 0
    for url, total in tiles:
        listed = body(signed_in, unescape(url))
        assert f'heading-count">{total}<' in listed, url


def test_verdicts_of_services_sum_to_the_services_in_use(signed_in: Client, scene: World) -> None:
    html = body(signed_in, reverse("home"))
    bars = re.findall(r'bar-row" href="([^"]+)".*?bar-total">([\d,]+)<', html, re.DOTALL)
    assert sum(int(total) for _, total in bars) == Service.objects.filter(retired_at=None).count()
    for url, total in bars:
        assert f'heading-count">{total}<' in body(signed_in, unescape(url)), url


def test_what_is_not_measured_or_not_decided_is_never_green(
    signed_in: Client, scene: World
) -> None:
    html = body(signed_in, scene.run.get_absolute_url())
    for word, tone in (("Inconclusive", "grey"), ("Skipped", "hollow"), ("Fail", "fail")):
        tags = re.findall(
            rf'class="tag tag-(\w+)">(?:(?!</span></span>).)*<span>{word}<', html, re.S
        )
        assert tags, word
        assert set(tags) == {tone}, word


def test_failed_and_errored_runs_are_told_apart(signed_in: Client, scene: World) -> None:
    failed = body(signed_in, scene.failed.get_absolute_url())
    errored = body(signed_in, scene.errored.get_absolute_url())
    assert "could not be carried out with what it was given" in failed
    assert "column_missing" in failed
    assert "A fault in the product" in errored
    assert "engine.crash" in errored


def test_a_run_shows_each_measurement_with_limit_interval_and_size(
    signed_in: Client, scene: World
) -> None:
    html = unescape(body(signed_in, scene.run.get_absolute_url()))
    assert "± 0.100" in html
    assert "[−0.302, −0.150]" in html
    assert "needs 2,436" in html
    assert "chance 0.041" in html
    assert 'class="forest"' in html


def test_a_run_can_be_narrowed_by_outcome_pillar_and_text(signed_in: Client, scene: World) -> None:
    url = scene.run.get_absolute_url()
    assert "Area under the ROC curve" not in body(signed_in, f"{url}?pillar=fairness")
    assert "Equal opportunity" not in body(signed_in, f"{url}?outcome=fail")
    assert "Area under the ROC curve" not in body(signed_in, f"{url}?q=hispanic")
    assert "No measurement matches" in body(signed_in, f"{url}?q=zzz")


def test_a_failed_measurement_links_to_its_finding_and_back(
    signed_in: Client, scene: World
) -> None:
    finding = scene.finding
    run = body(signed_in, scene.run.get_absolute_url())
    assert f'href="{finding.get_absolute_url()}"' in run
    anchor = f"#m-{finding.measurement_id}"
    assert anchor in body(signed_in, finding.get_absolute_url())
    check = body(signed_in, reverse("run-check", args=[finding.last_run_id, finding.check_id]))
    assert f'id="m-{finding.measurement_id}"' in check


def test_the_history_chart_has_one_point_a_run_and_the_limits(
    signed_in: Client, scene: World
) -> None:
    response = signed_in.get(scene.finding.get_absolute_url())
    chart = response.context["history"].chart
    assert len(chart["value"]) == 2
    assert chart["version"] == ["2026.10", "2026.11"]
    measured = MeasurementRecord.objects.get(pk=scene.finding.measurement_id)
    assert chart["value"][-1] == measured.value
    assert (chart["min"][-1], chart["max"][-1]) == (measured.threshold_min, measured.threshold_max)


def test_the_list_of_findings_shows_what_asks_for_work_unless_asked_otherwise(
    signed_in: Client, scene: World
) -> None:
    Finding.objects.filter(pk=scene.finding.pk).update(state=FindingState.RESOLVED)
    url, link = reverse("finding-list"), f'href="{scene.finding.get_absolute_url()}"'
    assert link not in body(signed_in, url)
    assert link in body(signed_in, f"{url}?show=done")
    assert link in body(signed_in, f"{url}?show=all")
    assert link in body(signed_in, f"{url}?q={scene.finding.label}")


@pytest.mark.parametrize(
    "query", ["q=race", "q=black", "service=mortgage-approval", "clock=overdue", "owner=nobody"]
)
def test_findings_are_found_by(signed_in: Client, scene: World, query: str) -> None:
    html = body(signed_in, f"{reverse('finding-list')}?{query}")
    assert f'href="{scene.finding.get_absolute_url()}"' in html


def test_an_impossible_filter_value_is_said_and_shows_nothing(
    signed_in: Client, scene: World
) -> None:
    html = body(signed_in, f"{reverse('finding-list')}?severity=terrible")
    assert "not one of the available choices" in unescape(html)
    assert 'heading-count">0<' in html


def test_a_chip_removes_only_its_own_value(signed_in: Client, scene: World) -> None:
    html = unescape(
        body(signed_in, f"{reverse('finding-list')}?severity=high&severity=critical&page=2")
    )
    assert 'class="chip" href="?severity=critical"' in html
    assert 'class="chip" href="?severity=high"' in html


def test_severities_sort_by_gravity(signed_in: Client, scene: World) -> None:
    html = body(signed_in, f"{reverse('finding-list')}?sort=-severity")
    words = re.findall(r"<span>(Critical|High|Medium)</span>", html)
    order = ["Critical", "High", "Medium"]
    assert words == sorted(words, key=order.index)
    assert len(words) >= 2


def test_an_impossible_page_shows_the_last_one(signed_in: Client, scene: World) -> None:
    assert "1–" in body(signed_in, f"{reverse('run-list')}?page=999&per_page=7")


def test_comparing_says_what_differs_and_how_sure_that_is(signed_in: Client, scene: World) -> None:
    url = reverse("run-compare") + f"?before={scene.earlier.pk}&after={scene.run.pk}"
    html = unescape(body(signed_in, url))
    assert "differs" in html
    assert "New failure" in html
    assert "Square-and-add" in html
    assert "−0.243" in html  # 0.500 − 0.743


def test_what_only_one_run_measured_is_said_on_its_side(signed_in: Client, scene: World) -> None:
    few = factories.run(scene.run.version, sample.loan_measurements()[:3])
    url = reverse("run-compare") + f"?before={few.pk}&after={scene.run.pk}&show=all"
    assert "Not measured before" in body(signed_in, url)
    url = reverse("run-compare") + f"?before={scene.run.pk}&after={few.pk}"
    assert "Not measured after" in body(signed_in, url)


def test_a_run_that_did_not_finish_cannot_be_compared(signed_in: Client, scene: World) -> None:
    response = signed_in.get(
        reverse("run-compare") + f"?before={scene.failed.pk}&after={scene.run.pk}"
    )
    assert response.status_code == 404


def test_checks_without_a_number_stand_together_under_their_reason(
    signed_in: Client, scene: World
) -> None:
    html = body(signed_in, scene.run.get_absolute_url())
    assert "1 check was not measured" in html
    assert "The data has no column with the true outcome" in html


def test_the_history_of_a_service_is_told_in_words(signed_in: Client, scene: World) -> None:
    url = reverse("deployment-start", args=[scene.service.slug])
    newest = scene.service.versions.first()
    why = {"reason": "trial", "comment": "x"}
    signed_in.post(url, {"version": newest.pk, "environment": "staging"} | why)
    history = scene.service.get_absolute_url() + "?tab=history"
    assert "Deployment started" in body(signed_in, history)


def test_a_dataset_says_what_its_columns_are_used_as(signed_in: Client, scene: World) -> None:
    html = body(signed_in, reverse("dataset-detail", args=[scene.dataset.pk]))
    assert html.count("Sensitive") == 2
    assert scene.dataset.sha256 in html


def test_comparing_two_services_warns_that_they_are_two(signed_in: Client, scene: World) -> None:
    other = factories.run(factories.version(factories.service("another-one")))
    url = reverse("run-compare") + f"?before={scene.run.pk}&after={other.pk}"
    assert "two different services" in body(signed_in, url)
