"""The cells of the heat map: what was found, and what may not look better than it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shield.risk.models import Standing
from shield.risk.selectors import cells_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def standing(outcome: str | None, measured: int, *, fresh: bool = True) -> Standing:
    facts = {"outcome": outcome, "measured": measured, "planned": 4, "run": "x",
             "at": NOW.isoformat()}  # fmt: skip
    until = NOW + timedelta(days=1 if fresh else -1)
    return Standing(pillars={"fairness": facts}, fresh_until=until)


@pytest.mark.parametrize(
    ("outcome", "measured", "kind"),
    [("pass", 4, "pass"), ("fail", 4, "fail"), (None, 4, "descriptive"), (None, 0, "skipped")],
)
def test_a_pillar_without_a_verdict_is_descriptive_only_when_something_was_measured(
    outcome: str | None, measured: int, kind: str
) -> None:
    assert cells_of(standing(outcome, measured), ["fairness"], NOW)["fairness"].kind == kind


def test_stale_evidence_is_stale_whatever_it_said() -> None:
    cell = cells_of(standing("pass", 4, fresh=False), ["fairness"], NOW)["fairness"]
    assert (cell.kind, cell.outcome) == ("stale", "pass")


def test_a_pillar_that_was_never_measured_is_empty() -> None:
    assert cells_of(standing("pass", 4), ["privacy"], NOW)["privacy"].kind == ""
