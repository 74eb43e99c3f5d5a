"""Whoever asks for fewer checks never looks better for it: on rows, and through a whole assessment."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.core.check import REGISTRY
from assessments.core.planning import left_out
from assessments.core.plugins import load_checks
from assessments.core.subject import Task
from shield.evidence.measurement import Interval, Measurement
from shield.registry.models import Service
from shield.risk.defaults import tier_policy
from shield.risk.models import Standing
from tests import factories
from tests.support.assessing import assess, manifest

load_checks()
TIERS = ["low", "moderate", "high", "critical"]


def asked_for(tier: str) -> list[str]:
    return left_out(tier_policy(tier).checks, REGISTRY.all(), planned=(), task=Task.BINARY)


@st.composite
def wishes(draw: st.DrawFn) -> tuple[str, list[str], list[str]]:
    """A tier, checks that somebody asks for, and a part of them."""
    tier = draw(st.sampled_from(TIERS))
    more = draw(st.lists(st.sampled_from(asked_for("critical")), min_size=1, unique=True))
    less = draw(st.lists(st.sampled_from(more), min_size=1, unique=True))
    return tier, sorted(more), sorted(less)


def run_of(service: Service, version: str, checks: list[str]) -> Standing:
    """A version that was assessed with these checks alone; each gave a value and none failed."""
    found = [
        Measurement(check=check, value=0.5, interval=Interval(0.4, 0.6), confidence=0.95, n=100,
                    unit="rate", method="made up", statement="")
        for check in checks
    ]  # fmt: skip
    missing = left_out(
        tier_policy(service.tier).checks, REGISTRY.all(), planned=checks, task=Task.BINARY
    )
    factories.run(factories.version(service, version), found, left_out=missing)
    return Standing.objects.get(service=service)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(wishes())
def test_asking_for_less_never_lowers_the_score_nor_raises_the_coverage(
    wished: tuple[str, list[str], list[str]],
) -> None:
    tier, more, less = wished
    service = factories.service(f"service-{Service.objects.count()}", tier=tier)
    wide, narrow = run_of(service, "wide", more), run_of(service, "narrow", less)
    assert narrow.score >= wide.score - 1e-9
    assert share(narrow) <= share(wide) + 1e-9


def share(of: Standing) -> float:
    return of.coverage["measured"] / of.coverage["planned"]


@pytest.mark.django_db(transaction=True)
def test_a_service_that_drops_to_one_check_is_held_to_all_that_its_tier_asks_for(
    tmp_path: Path,
) -> None:
    rows = [f"{place % 2},{place % 3 % 2},{'ab'[place % 2]}" for place in range(240)]
    (tmp_path / "test.csv").write_text("\n".join(["label,decision,sex", *rows]), encoding="utf-8")
    data = {"test": {"path": "test.csv"}, "target": "label", "prediction": "decision",
            "favourable": 1, "sensitive": ["sex"]}  # fmt: skip
    seen = []
    for checks in ([], ["fairness"], ["performance.accuracy"]):
        more = {"checks": checks} if checks else {}
        done = assess(manifest(tmp_path, data=data, **more))
        assert done.document is not None, done.errors
        seen.append(Standing.objects.get(service__slug="credit"))
    assert {row.coverage["planned"] for row in seen} == {seen[0].coverage["planned"]}
    scores = [row.score for row in seen]
    assert scores == sorted(scores)
    assert [share(row) for row in seen] == sorted((share(row) for row in seen), reverse=True)
    last = seen[-1]
    assert last.coverage["measured"] == 1
    assert last.coverage["left_out"] == last.coverage["planned"] - 1
