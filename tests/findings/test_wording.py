"""Labels of slices are short, and no two slices of a chart share one."""

from shield.findings.wording import slice_label, slice_text


def test_an_intersection_is_named_by_its_groups() -> None:
    assert slice_label({"sex": "female", "race": "black"}) == "black × female"


def test_groups_that_every_column_can_have_keep_their_column() -> None:
    assert slice_label({"race": "(other)", "sex": "(missing)"}) == "race (other) × sex (missing)"
    assert slice_label({"race": "(other)", "sex": "(other)"}) != slice_label(
        {"race": "(other)", "marital": "(other)"}
    )


def test_a_single_group_and_all_groups_are_told_in_full() -> None:
    assert slice_label({"race": "(other)"}) == slice_text({"race": "(other)"}) == "race = (other)"
    assert slice_label({"race": "*", "sex": "*"}) == "all groups of race × sex"
