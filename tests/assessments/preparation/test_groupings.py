"""Groups: every row is in exactly one, nothing is dropped, and what was frozen does not move."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.core.preparation import GroupRule, SubjectSpec, freeze_groups
from assessments.core.preparation_cuts import bin_labels
from shield.sandbox.client import TableSource, describe
from shield.sandbox.contract import SandboxFailure
from tests.assessments.preparation.support import save, sizes, subject_of

BASE = {"target": "y", "favourable": 1}


def grouped(folder: Path, columns: dict, *, rules: dict | None = None, **more):
    """The subject whose sensitive columns these are, with a target that alternates."""
    rows = len(next(iter(columns.values())))
    data = {"y": [number % 2 for number in range(rows)], **columns}
    return subject_of(folder, data, sensitive=tuple(columns), groups=rules or {}, **BASE, **more)


def test_labels_are_groups_in_their_order(tmp_path: Path) -> None:
    subject, _ = grouped(tmp_path, {"race": ["w"] * 50 + ["b"] * 40})
    (grouping,) = subject.groupings
    assert sizes(grouping) == {"b": 40, "w": 50}
    assert grouping.codes.dtype == np.int32
    assert grouping.codes[:50].tolist() == [1] * 50
    assert grouping.name == "race"


def test_small_groups_are_pooled_and_listed(tmp_path: Path) -> None:
    races = ["w"] * 50 + ["b"] * 30 + ["x"] * 29 + ["z"]
    subject, _ = grouped(tmp_path, {"race": races})
    (grouping,) = subject.groupings
    assert sizes(grouping) == {"b": 30, "w": 50, "(other)": 30}
    assert grouping.pooled == ("x", "z")
    assert "fewer than 30" in grouping.rule


def test_the_minimum_is_the_manifests(tmp_path: Path) -> None:
    subject, _ = grouped(
        tmp_path, {"race": ["w"] * 5 + ["b"] * 4}, rules={"race": GroupRule(minimum=5)}
    )
    assert sizes(subject.groupings[0]) == {"w": 5, "(other)": 4}
    assert subject.groupings[0].minimum == 5


def test_a_group_of_size_one_is_never_dropped(tmp_path: Path) -> None:
    subject, _ = grouped(tmp_path, {"race": ["w"] * 50 + ["b"]})
    assert sizes(subject.groupings[0]) == {"w": 50, "(other)": 1}
    subject, _ = grouped(
        tmp_path, {"race": ["w"] * 50 + ["b"]}, rules={"race": GroupRule(minimum=1)}
    )
    assert sizes(subject.groupings[0]) == {"b": 1, "w": 50}


def test_missing_is_a_group_of_its_own(tmp_path: Path) -> None:
    subject, _ = grouped(
        tmp_path, {"race": ["w"] * 50 + [None] * 31, "age": [None] * 40 + [7, 8] * 20 + [1]}
    )
    assert sizes(subject.groupings[0]) == {"w": 50, "(missing)": 31}
    assert sizes(subject.groupings[1]) == {"(other)": 41, "(missing)": 40}


def test_missing_values_are_a_group_of_their_own_however_few(tmp_path: Path) -> None:
    subject, _ = grouped(tmp_path, {"race": ["w"] * 50 + ["b"] * 2 + [None] * 3})
    assert sizes(subject.groupings[0]) == {"w": 50, "(other)": 2, "(missing)": 3}
    assert subject.groupings[0].pooled == ("b",)


def test_a_column_without_any_value_is_one_group_with_a_warning(tmp_path: Path) -> None:
    subject, warnings = grouped(tmp_path, {"race": [None] * 40})
    assert sizes(subject.groupings[0]) == {"(missing)": 40}
    assert warnings == ["one_group"]


def test_the_manifests_bins_put_an_edge_into_the_group_above(tmp_path: Path) -> None:
    ages = [17, 18, 29, 30, 64, 65, 90] * 40
    subject, _ = grouped(tmp_path, {"age": ages}, rules={"age": GroupRule(bins=(18, 30, 65))})
    (grouping,) = subject.groupings
    assert sizes(grouping) == {"<18": 40, "18 to <30": 80, "30 to <65": 80, "≥65": 80}
    assert "cut at 18, 30, 65 as the manifest says" in grouping.rule


def test_other_numbers_are_cut_at_their_quartiles_by_a_stated_rule(tmp_path: Path) -> None:
    subject, _ = grouped(tmp_path, {"income": [float(value) + 0.5 for value in range(400)]})
    (grouping,) = subject.groupings
    assert list(sizes(grouping).values()) == [99, 100, 100, 101]
    assert "cut at its quartiles" in grouping.rule


def test_quartiles_that_fall_together_still_separate(tmp_path: Path) -> None:
    debts = [0.0] * 300 + [float(value) for value in range(1, 61)]
    subject, _ = grouped(tmp_path, {"debt": debts})
    assert sizes(subject.groupings[0]) == {"<1": 300, "≥1": 60}


@pytest.mark.parametrize(
    "values", [[0, 1], [0.0, 1.0], [True, False], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]
)
def test_few_whole_numbers_are_categories(tmp_path: Path, values: list) -> None:
    subject, _ = grouped(tmp_path, {"sex": values * 40})
    assert len(subject.groupings[0].groups) == len(values)
    assert set(sizes(subject.groupings[0]).values()) == {40}


def test_bins_for_text_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxFailure) as caught:
        grouped(tmp_path, {"race": ["w"] * 50}, rules={"race": GroupRule(bins=(1, 2))})
    assert caught.value.code == "bins_on_text"


def test_the_reference_group_is_found_by_value(tmp_path: Path) -> None:
    subject, _ = grouped(
        tmp_path, {"sex": [0] * 40 + [1] * 40}, rules={"sex": GroupRule(reference="1.0")}
    )
    assert subject.groupings[0].reference == 1


def test_a_reference_group_stands_alone_however_small(tmp_path: Path) -> None:
    subject, _ = grouped(
        tmp_path, {"race": ["w"] * 7 + ["b"] * 60}, rules={"race": GroupRule(reference="w")}
    )
    assert sizes(subject.groupings[0]) == {"b": 60, "w": 7}
    assert subject.groupings[0].reference == 1


def test_a_reference_that_is_not_there_is_warned_of(tmp_path: Path) -> None:
    subject, warnings = grouped(
        tmp_path, {"race": ["w"] * 40 + ["b"] * 60}, rules={"race": GroupRule(reference="green")}
    )
    assert subject.groupings[0].reference is None
    assert warnings == ["reference_missing"]


def test_pairs_are_crossed_and_small_combinations_pooled(tmp_path: Path) -> None:
    race = ["w"] * 100 + ["b"] * 100
    sex = ["m"] * 60 + ["f"] * 40 + ["m"] * 95 + ["f"] * 5
    subject, _ = grouped(tmp_path, {"race": race, "sex": sex})
    assert [grouping.name for grouping in subject.groupings] == ["race", "sex", "race × sex"]
    crossed = subject.groupings[2]
    assert sizes(crossed) == {
        ("b", "m"): 95, ("w", "f"): 40, ("w", "m"): 60, ("(other)", "(other)"): 5,
    }  # fmt: skip
    assert crossed.pooled == ("b × f",)
    assert crossed.groups[0].slice == {"race": "b", "sex": "m"}


def test_the_reference_of_a_crossing_is_that_of_its_columns(tmp_path: Path) -> None:
    rules = {"race": GroupRule(reference="w"), "sex": GroupRule(reference="m")}
    subject, _ = grouped(
        tmp_path, {"race": ["w", "b"] * 100, "sex": ["m", "m", "f", "f"] * 50}, rules=rules
    )
    crossed = subject.groupings[2]
    assert crossed.groups[crossed.reference].slice == {"race": "w", "sex": "m"}


def test_depth_says_how_many_columns_are_crossed(tmp_path: Path) -> None:
    columns = {name: ["u", "v"] * 200 for name in "abc"}
    for depth, count in ((1, 3), (2, 6), (3, 7)):
        subject, _ = grouped(tmp_path, columns, depth=depth)
        assert len(subject.groupings) == count


def test_legitimate_columns_are_groupings_apart(tmp_path: Path) -> None:
    data = {"y": [0, 1] * 50, "race": ["a", "b"] * 50, "meets": [1, 0] * 50}
    subject, _ = subject_of(tmp_path, data, sensitive=("race",), legitimate=("meets",), **BASE)
    assert [grouping.columns for grouping in subject.groupings] == [("race",)]
    assert [grouping.columns for grouping in subject.legitimate] == [("meets",)]


def test_labels_are_short_clean_text_that_stays_distinct(tmp_path: Path) -> None:
    long = "x" * 150
    labels = ["a\x1b[31m\nb", long + "1", long + "2", "*", "(other)"]
    subject, _ = grouped(tmp_path, {"race": labels * 40})
    names = list(sizes(subject.groupings[0]))
    assert len(set(names)) == 5
    assert all(name.isprintable() and len(name) <= 100 for name in names)
    assert "a[31m b" in names
    assert "*" not in names


def test_a_million_categories_are_refused_as_identifiers_fast(tmp_path: Path) -> None:
    rows = 1_000_000
    identifiers = pa.array([f"person-{number}" for number in range(rows)])
    path = save(tmp_path, {"y": pa.array(np.arange(rows) % 2), "id": identifiers})
    from assessments.core.preparation import build_subject

    start = time.process_time()
    subject, warnings = build_subject(path, SubjectSpec(sensitive=("id",), **BASE))
    assert time.process_time() - start < 5
    assert subject.groupings == ()
    assert [code for code, _ in warnings] == ["column_is_identifier"]
    assert "1,000,000" in warnings[0][1]


def test_a_million_categories_beside_large_groups_are_pooled_fast(tmp_path: Path) -> None:
    rows = 2_200_000
    values = np.arange(rows)
    values[1_000_000:] = -1
    values[1_900_000:] = -2
    path = save(
        tmp_path, {"y": pa.array(np.arange(rows) % 2), "v": pa.array(values).cast(pa.string())}
    )
    from assessments.core.preparation import build_subject

    start = time.process_time()
    subject, _ = build_subject(path, SubjectSpec(sensitive=("v",), **BASE))
    assert time.process_time() - start < 12
    (grouping,) = subject.groupings
    assert sizes(grouping) == {"-2": 300_000, "-1": 900_000, "(other)": 1_000_000}
    assert len(grouping.pooled) == 100


def test_at_most_two_hundred_groups_stand_alone(tmp_path: Path) -> None:
    labels = [f"c{number:03}" for number in range(300) for _ in range(30 + number)]
    subject, _ = grouped(tmp_path, {"zip": labels})
    found = sizes(subject.groupings[0])
    assert len(found) == 201
    assert "c299" in found
    assert "c000" not in found


@given(st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=2, max_size=200))
def test_every_row_is_in_exactly_one_group(tmp_path_factory, labels: list) -> None:
    folder = tmp_path_factory.mktemp("rows")
    subject, _ = grouped(
        folder, {"race": labels, "sex": labels[::-1]}, rules={"race": GroupRule(minimum=5)}
    )
    for grouping in subject.groupings:
        assert grouping.sizes.sum() == len(labels)
        assert (grouping.sizes > 0).all()
        assert [group.n for group in grouping.groups] == grouping.sizes.tolist()


@pytest.mark.parametrize(
    ("edges", "labels"),
    [((), ["all values"]), ((1,), ["<1", "≥1"]), ((0.5, 2), ["<0.5", "0.5 to <2", "≥2"])],
)
def test_bins_are_named_by_their_edges(edges: tuple, labels: list[str]) -> None:
    assert bin_labels(edges) == labels


SPEC = SubjectSpec(sensitive=("race", "sex", "age"), target="y", favourable=1)


def population(rng: np.random.Generator, rows: int = 2000) -> dict:
    return {
        "y": rng.integers(0, 2, rows),
        "race": rng.choice(["w", "b", "rare", "few"], rows, p=[0.6, 0.37, 0.01, 0.02]),
        "sex": rng.choice(["m", "f"], rows),
        "age": np.round(rng.gamma(9, 5, rows), 2),
    }


def slices(subject) -> set:
    return {
        tuple(group.slice.items()) for grouping in subject.groupings for group in grouping.groups
    }


@pytest.mark.parametrize("seed", range(5))
def test_frozen_groups_do_not_move_with_the_data(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    frozen = json.loads(json.dumps(freeze_groups(SPEC, save(tmp_path, population(rng)))))
    facts = {"sensitive": SPEC.sensitive, "frozen": frozen, **BASE}
    first, _ = subject_of(tmp_path, population(rng), **facts)
    later = population(rng, 700)
    later["age"] = later["age"] * 3
    second, warnings = subject_of(tmp_path, later, **facts)
    assert slices(second) <= slices(first)
    assert warnings == []


def test_freezing_and_then_building_is_the_same_as_building(tmp_path: Path) -> None:
    data = population(np.random.default_rng(0))
    path = save(tmp_path, data)
    free, _ = subject_of(tmp_path, data, sensitive=SPEC.sensitive, **BASE)
    bound, _ = subject_of(
        tmp_path, data, sensitive=SPEC.sensitive, frozen=freeze_groups(SPEC, path), **BASE
    )
    for left, right in zip(free.groupings, bound.groupings, strict=True):
        assert left.groups == right.groups
        assert left.codes.tolist() == right.codes.tolist()
        assert left.pooled == right.pooled


def test_labels_that_were_not_there_at_freezing_are_pooled_with_a_warning(tmp_path: Path) -> None:
    spec = SubjectSpec(sensitive=("race",), **BASE)
    frozen = freeze_groups(spec, save(tmp_path, {"y": [0, 1] * 50, "race": ["a", "b"] * 50}))
    subject, warnings = grouped(
        tmp_path, {"race": ["a", "b"] * 40 + ["new"] * 90 + [None] * 60}, frozen=frozen
    )
    assert sizes(subject.groupings[0]) == {"a": 40, "b": 40, "(other)": 90, "(missing)": 60}
    assert warnings == ["new_labels"]


def test_a_frozen_group_that_shrinks_stays_a_group(tmp_path: Path) -> None:
    spec = SubjectSpec(sensitive=("race",), **BASE)
    frozen = freeze_groups(spec, save(tmp_path, {"y": [0, 1] * 50, "race": ["a", "b"] * 50}))
    subject, _ = grouped(tmp_path, {"race": ["a"] * 90 + ["b"] * 3}, frozen=frozen)
    assert sizes(subject.groupings[0]) == {"a": 90, "b": 3}


def test_a_type_that_moves_between_versions_keeps_its_groups(tmp_path: Path) -> None:
    spec = SubjectSpec(sensitive=("sex",), **BASE)
    frozen = freeze_groups(spec, save(tmp_path, {"y": [0, 1] * 50, "sex": [1, 2] * 50}))
    for values in ([1.0, 2.0], ["1", "2"], ["1.0", "2.0"]):
        subject, warnings = grouped(tmp_path, {"sex": values * 50}, frozen=frozen)
        assert sizes(subject.groupings[0]) == {"1": 50, "2": 50}
        assert warnings == []


def test_freezing_from_profiles_gives_the_same_columns_as_from_rows(tmp_path: Path) -> None:
    data = population(np.random.default_rng(3))
    path = tmp_path / "test.csv"
    names = list(data)
    rows = zip(*(data[name].tolist() for name in names), strict=True)
    path.write_text("\n".join([",".join(names), *(",".join(map(str, row)) for row in rows)]))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    table = describe(
        {"test": TableSource(path, "csv")}, profile=SPEC.profiled, scratch=scratch
    ).tables["test"]
    from_rows = freeze_groups(SPEC, table.path)
    from_profiles = freeze_groups(SPEC, table.profiles, rows=table.rows)
    for name in SPEC.sensitive:
        whole = {key: value for key, value in from_rows["columns"][name].items() if key != "alone"}
        assert from_profiles["columns"][name] == whole
    assert from_profiles["intersections"] == {}
    assert set(from_rows["intersections"]) == {"race × sex", "race × age", "sex × age"}
