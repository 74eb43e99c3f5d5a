"""Unusual but legal input gets a correct verdict, not a crash and not a refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.badinput.cases import GOOD_ROWS, good, with_table
from tests.support.assessing import assess

pytestmark = pytest.mark.django_db(transaction=True)

VERDICTS = {0, 1, 2}


def _rows(*lines: str) -> bytes:
    return "\n".join([GOOD_ROWS[0], *lines]).encode()


def test_labels_of_one_class_only_are_assessed_and_what_needs_both_says_why(tmp_path: Path) -> None:
    lines = [f"{'white' if i % 3 else 'black'},m,1,{i % 2},0.5" for i in range(600)]
    done = assess(with_table(tmp_path, _rows(*lines), sensitive=["race"]))
    assert done.exit in VERDICTS, done.errors
    negative = done.check("fairness.false_positive_rate")
    assert negative["outcome"] not in ("pass", "fail")
    assert done.measurement("fairness.selection_rate", race="black")["n"] == 200


def test_a_group_of_one_person_is_never_failed_and_never_dropped(tmp_path: Path) -> None:
    lines = [f"white,m,{i % 2},{i % 2},0.5" for i in range(600)] + ["black,m,1,0,0.1"]
    done = assess(with_table(tmp_path, _rows(*lines), sensitive=["race"]))
    assert done.exit in VERDICTS, done.errors
    assert done.document is not None
    alone = [
        m
        for m in done.document["measurements"]
        if m["slice"].get("race") not in (None, "*", "white") and len(m["slice"]) == 1
    ]
    assert alone
    assert not [m for m in alone if m["outcome"] in ("pass", "fail")]
    people = [
        m["n"] for m in done.document["measurements"]
        if m["check"] == "fairness.selection_rate" and m["slice"].get("race", "*") != "*"
    ]  # fmt: skip
    assert sum(people) == 601


def test_scores_that_are_no_numbers_are_refused_or_left_out_with_a_warning(tmp_path: Path) -> None:
    lines = GOOD_ROWS[1:]
    broken = [line.rsplit(",", 1)[0] + ",nan" for line in lines[:5]]
    broken += [line.rsplit(",", 1)[0] + ",inf" for line in lines[5:10]]
    path = with_table(tmp_path, _rows(*broken, *lines[10:]), score="probability")
    done = assess(path)
    if done.exit == 3:
        assert "probability" in done.errors
        assert "10" in done.errors
    else:
        assert done.document is not None
        assert any("probability" in w["message"] for w in done.document["warnings"])
        assert all(m["value"] == m["value"] for m in done.document["measurements"])


def test_a_million_different_categories_become_other_or_are_refused(tmp_path: Path) -> None:
    lines = [f"c{i},m,{i % 2},{(i // 2) % 2},0.5" for i in range(1_000_000)]
    done = assess(with_table(tmp_path, _rows(*lines), sensitive=["race"]))
    if done.exit == 3:
        assert "race" in done.errors
        assert "shield.yaml:" in done.errors
    else:
        assert done.document is not None
        groups = {m["slice"].get("race") for m in done.document["measurements"]}
        assert len(groups) < 1000


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + "\r\n".join(GOOD_ROWS).encode()
    done = assess(with_table(tmp_path, content))
    assert done.exit in VERDICTS, done.errors
    assert done.measurement("fairness.selection_rate", race="black")["n"] == 200


def test_labels_in_any_script_and_with_quotes_and_commas_are_kept(tmp_path: Path) -> None:
    text = "\n".join(GOOD_ROWS).replace("black", '"Côte d’Ivoire, ""日本"" <b>"')
    done = assess(with_table(tmp_path, text.encode()))
    assert done.exit in VERDICTS, done.errors
    rate = done.measurement("fairness.selection_rate", race='Côte d’Ivoire, "日本" <b>')
    assert rate["n"] == 200


def test_the_good_folder_is_good(tmp_path: Path) -> None:
    """The control: without it every refusal above could have another reason."""
    done = assess(good(tmp_path))
    assert done.exit in VERDICTS, done.errors
