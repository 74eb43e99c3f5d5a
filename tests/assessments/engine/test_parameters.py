"""Parameters of checks: typed, strict, every problem at once, and back to JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.core.parameters import ParameterError, parameters_as_json, parse_parameters


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Inner:
    depth: int = 2


@dataclass(frozen=True, slots=True)
class Everything:
    epsilon: tuple[float, ...] = (0.01,)
    rounds: int = 10
    name: str = "a"
    exact: bool = False
    norm: Literal["l1", "l2"] = "l2"
    direction: Direction = Direction.UP
    limit: float | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    inner: Inner = Inner()


@dataclass(frozen=True, slots=True)
class Bounded:
    share: float

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError("a share between 0 and 1")


def problems(kind: type, given: Mapping[str, object]) -> list[str]:
    with pytest.raises(ParameterError) as caught:
        parse_parameters(kind, given)
    return [str(problem) for problem in caught.value.problems]


def test_defaults_stand_where_nothing_is_given() -> None:
    assert parse_parameters(Everything, {}) == Everything()


def test_every_kind_of_value_is_taken() -> None:
    given = {
        "epsilon": [0.1, 1],
        "rounds": 3,
        "name": "b",
        "exact": True,
        "norm": "l1",
        "direction": "down",
        "limit": 2,
        "costs": {"age": 1.5},
        "inner": {"depth": 4},
    }
    parsed = parse_parameters(Everything, given)
    assert parsed == Everything(
        (0.1, 1.0), 3, "b", True, "l1", Direction.DOWN, 2.0, {"age": 1.5}, Inner(4)
    )
    assert isinstance(parsed.epsilon[1], float)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"rounds": True}, "rounds: expected a whole number, found True"),
        ({"rounds": 1.0}, "rounds: expected a whole number, found 1.0"),
        ({"exact": 1}, "exact: expected true or false, found 1"),
        ({"name": 5}, "name: expected a text, found 5"),
        ({"limit": "2"}, "limit: expected a number, found '2'"),
        ({"limit": float("nan")}, "limit: expected a number, found nan"),
        ({"norm": "l3"}, "norm: expected one of l1, l2, found 'l3'"),
        ({"direction": "left"}, "direction: expected one of up, down, found 'left'"),
        ({"epsilon": 0.1}, "epsilon: expected a list (each a number), found 0.1"),
        ({"epsilon": [0.1, "x"]}, "epsilon[1]: expected a number, found 'x'"),
        ({"costs": {"age": "x"}}, "costs.age: expected a number, found 'x'"),
        ({"inner": {"depth": "x"}}, "inner.depth: expected a whole number, found 'x'"),
        ({"inner": 3}, "inner.: expected a mapping, found 3"),
    ],
)
def test_a_wrong_value_names_its_key_and_what_was_expected(given, line) -> None:
    assert problems(Everything, given) == [line]


def test_an_unknown_key_is_an_error_and_the_nearest_known_one_is_named() -> None:
    assert problems(Everything, {"epsilom": [1]}) == [
        "epsilom: expected a known key (did you mean epsilon?), found an unknown key"
    ]


def test_a_check_without_parameters_says_so() -> None:
    @dataclass(frozen=True)
    class Nothing:
        pass

    assert "this check takes no parameters" in problems(Nothing, {"x": 1})[0]


def test_every_problem_is_told_at_once() -> None:
    assert len(problems(Everything, {"rounds": "x", "name": 1, "zzz": 2})) == 3


def test_a_missing_value_without_default_is_a_problem() -> None:
    assert problems(Bounded, {}) == ["share: expected a number, found nothing"]


def test_the_classs_own_rule_is_a_problem_too() -> None:
    assert "a share between 0 and 1" in problems(Bounded, {"share": 2})[0]


@given(
    st.builds(
        Everything,
        epsilon=st.lists(st.floats(allow_nan=False, allow_infinity=False)).map(tuple),
        rounds=st.integers(),
        name=st.text(),
        exact=st.booleans(),
        norm=st.sampled_from(["l1", "l2"]),
        direction=st.sampled_from(Direction),
        limit=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        costs=st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
        inner=st.builds(Inner, depth=st.integers()),
    )
)
def test_the_json_form_reads_back_to_the_same_value(value: Everything) -> None:
    assert parse_parameters(Everything, parameters_as_json(value)) == value
