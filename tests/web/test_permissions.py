"""What a person may not send is not offered; `tests/permissions` walks who may, route by route."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from shield.accounts.choices import Role
from tests import factories
from tests.support.pages import World


def form_url(name: str, of: World) -> str:
    deployment = of.service.deployments.get()
    argument = {
        "run-start": of.run.version_id,
        "run-cancel": of.running.pk,
        "finding-comment": of.finding.pk,
        "finding-assign": of.finding.pk,
        "finding-start": of.finding.pk,
        "deployment-start": of.service.slug,
        "deployment-end": deployment.pk,
    }[name]
    return reverse(name, args=[argument])


def test_forms_that_one_may_not_send_are_not_offered(client: Client, scene: World) -> None:
    client.force_login(factories.user(role=Role.VIEWER))
    page = scene.service.get_absolute_url()
    service = "".join(
        client.get(page, {"tab": part}).content.decode() for part in ("overview", "releases")
    )
    finding = client.get(scene.finding.get_absolute_url()).content.decode()
    run = client.get(scene.running.get_absolute_url()).content.decode()
    for name, html in (
        ("run-start", service), ("deployment-start", service), ("deployment-end", service),
        ("finding-comment", finding), ("finding-assign", finding), ("finding-start", finding),
        ("run-cancel", run),
    ):  # fmt: skip
        assert form_url(name, scene) not in html, name
