"""Planning: pillars and ids become checks in an order that never moves."""

from __future__ import annotations

import pytest

from assessments.core.parameters import ParameterError
from assessments.core.planning import UnknownCheck, plan_checks, reason_to_skip, select_checks
from assessments.core.subject import Need, Task
from tests.assessments.engine.support import NEEDS, Depth, make

AVAILABLE = {
    check.id: check
    for check in (
        make("fairness.b"),
        make("fairness.a"),
        make("performance.c", needs=frozenset({Need.LABELS})),
        make("performance.r", tasks=frozenset({Task.REGRESSION})),
    )
}


def plan(checks, **more):
    given = {"asked_by_id": (), "parameters": {}, "task": Task.BINARY, "needs_met": NEEDS}
    return plan_checks(checks, **(given | more))


def test_a_pillar_stands_for_all_its_checks_ordered_by_id() -> None:
    assert [check.id for check in select_checks(["fairness"], AVAILABLE)] == [
        "fairness.a",
        "fairness.b",
    ]


def test_the_order_does_not_depend_on_how_it_was_asked() -> None:
    one = select_checks(["performance", "fairness.a", "fairness"], AVAILABLE)
    other = select_checks(["fairness", "performance"], dict(reversed(AVAILABLE.items())))
    assert one == other
    assert [check.id for check in one] == sorted(AVAILABLE)


def test_an_unknown_name_says_what_was_meant() -> None:
    with pytest.raises(UnknownCheck, match=r"did you mean fairness\?"):
        select_checks(["fairnes"], AVAILABLE)
    with pytest.raises(UnknownCheck, match="the pillars are fairness, performance"):
        select_checks(["zzz"], AVAILABLE)


def test_a_check_whose_need_is_not_met_is_skipped_with_the_reason() -> None:
    (planned,) = plan([AVAILABLE["performance.c"]])
    assert planned.skip == "needs a label: the manifest names no data.target"


def test_all_missing_needs_are_named() -> None:
    check = make("fairness.x", needs=frozenset({Need.LABELS, Need.SCORES}))
    assert reason_to_skip(check, Task.BINARY, frozenset()).count("needs a") == 2


def test_a_check_for_another_kind_of_target_is_not_part_of_a_pillars_plan() -> None:
    planned = plan(AVAILABLE.values())
    assert "performance.r" not in [each.check.id for each in planned]


def test_a_check_asked_for_by_id_is_planned_and_says_why_it_is_skipped() -> None:
    (planned,) = plan([AVAILABLE["performance.r"]], asked_by_id=["performance.r"])
    assert planned.skip == "is for models that predict a number; this one predicts two outcomes"


def test_parameters_are_typed_and_a_wrong_one_is_refused() -> None:
    check = make("fairness.d", parameters=Depth)
    (planned,) = plan([check], parameters={"fairness.d": {"depth": 3}})
    assert planned.parameters == Depth(3)
    with pytest.raises(ParameterError, match="depth: expected a whole number"):
        plan([check], parameters={"fairness.d": {"depth": "x"}})
