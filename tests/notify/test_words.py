"""People read words, not the names of acts."""

from __future__ import annotations

from shield.notify.rules import DECIDES, RULES, TELLS_FOLLOWERS
from shield.notify.words import WORDS
from shield.web.act_words import ACT_WORDS


def test_every_act_that_people_are_told_of_has_a_title() -> None:
    entities = {*DECIDES, *TELLS_FOLLOWERS, "incident"}
    told = {act for act in ACT_WORDS if act in RULES or act.partition(".")[0] in entities}
    assert sorted(told - WORDS.keys()) == []


def test_every_act_with_a_rule_of_its_own_has_a_title() -> None:
    assert sorted(RULES.keys() - WORDS.keys()) == []


def test_every_title_says_what_it_is_about() -> None:
    about_oneself = ("user.", "factor.")
    silent = {act for act, words in WORDS.items() if "%(" not in str(words)}
    assert {act for act in silent if not act.startswith(about_oneself)} == set()
