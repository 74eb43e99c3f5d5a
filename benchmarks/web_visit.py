"""One size of the web benchmark, in a process of its own; started by `benchmarks.web`."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sys
from importlib import import_module

import django

from benchmarks.web import Person, server, summary, visit
from benchmarks.web_data import fill
from benchmarks.web_inventory import is_everywhere
from benchmarks.web_pages import KINDS, Sights
from benchmarks.web_world import World

WARM_UP_S = 15


def main() -> None:
    services, people, seconds, workers, threads = map(int, sys.argv[1:6])
    django.setup()
    from django.core.management import call_command

    # The last line of standard output is the result.
    with contextlib.redirect_stdout(sys.stderr):
        call_command("migrate", verbosity=0)
        with contextlib.suppress(Exception):
            call_command("createcachetable", verbosity=0)
        print(f"{services} services:")
        world = World(services)
        fill(world)
        visitors = [visitor(1 + number * 7 % world.people) for number in range(people)]
        with server(workers, threads) as port:
            before = os.getloadavg()[0]
            visit(visitors, WARM_UP_S, port=port, seed=1)
            found = visit(visitors, seconds, port=port, seed=2)
        queries, spent = counted(everywhere=True)
        of_units, _ = counted(everywhere=False)
    result = {
        "services": services,
        "rows": rows(),
        "setting": f"{people} people, {seconds} s, {workers} workers × {threads} threads, load average "
        f"{before:.1f} before and {os.getloadavg()[0]:.1f} after",
        "pages": summary(found),
        "queries": queries | {f"{kind}, own units": count for kind, count in of_units.items()},
        "database_ms": spent,
    }
    print(json.dumps(result))


def rows() -> str:
    """How much there is."""
    from shield.audit.models import Event
    from shield.findings.models import Finding
    from shield.records.models import MeasurementRecord

    names = ("findings", "measurements", "events")
    models = (Finding, MeasurementRecord, Event)
    return ", ".join(
        f"{model.objects.count():,} {name}" for model, name in zip(models, names, strict=True)
    )


def visitor(key: int) -> Person:
    """A signed-in person and what they may see."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from shield.accounts.models import User

    user = User.objects.get(pk=key)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return Person(f"{settings.SESSION_COOKIE_NAME}={session.session_key}", sights(user))


def sights(user: object) -> Sights:
    """Some of each, drawn from all that the person may see."""
    from shield.accounts.models import BusinessUnit
    from shield.accounts.policy import visible
    from shield.findings.models import Finding
    from shield.records.models import Run
    from shield.registry.models import Service

    def some(model: type, act: str, name: str) -> list:
        return list(
            visible(model.objects.order_by("?"), user, act).values_list(name, flat=True)[:60]
        )

    return Sights(
        services=some(Service, "service.view", "slug"),
        findings=some(Finding, "finding.view", "pk"),
        runs=[str(key) for key in some(Run, "run.view", "pk")],
        units=some(BusinessUnit, "finding.view", "slug"),
    )


def counted(*, everywhere: bool) -> tuple[dict[str, int], dict[str, float]]:
    """Queries and their milliseconds of one plain page of each kind, for somebody who sees all, or
    only their business units."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from shield.accounts.models import User

    user = User.objects.get(pk=1 if everywhere else 8)
    assert is_everywhere(user.pk) is everywhere
    seen, client = sights(user), Client()
    client.force_login(user)
    plain = {"findings": "/findings/?show=active", "services": "/services/?tier=high",
             "runs": "/runs/?state=finished", "audit": "/audit/?when=30",
             "API": "/api/v1/findings/?active=true"}  # fmt: skip
    queries, spent = {}, {}
    for kind, (_, make) in KINDS.items():
        address = plain.get(kind) or make(random.Random(3), seen)
        client.get(address)  # what is read once a process, or once a minute, is not counted
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200, address
        queries[kind] = len(captured)
        spent[kind] = round(
            sum(float(each["time"]) for each in captured.captured_queries) * 1000, 1
        )
    return queries, spent


if __name__ == "__main__":
    main()
