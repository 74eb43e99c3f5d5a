"""The tiering questionnaire: read from data, evaluated without side effects.

Materiality is impact × complexity × reliance. Each dimension has questions with points; its level is
1 + 3 · (points ÷ most possible points), between 1 and 4; the product, between 1 and 64, is read on the
scale of the data file. A floor raises the tier for an answer that must never be averaged away. The
same answers are held against the EU AI Act: rules in the order of the file, the gravest class that
applies is the class, and every rule that applies or excludes says its article and why.

It is an aid to classification, not legal advice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from shield.common.errors import InvalidInput

FOLDER: Final = Path(__file__).parent / "data"
CURRENT: Final = "2026-11"
"""The version that new assessments answer; a changed question is a new file with a new identifier."""
DIMENSIONS: Final = ("impact", "complexity", "reliance")
TIERS: Final = ("low", "moderate", "high", "critical")
CLASSES: Final = ("minimal", "limited", "high_risk", "prohibited")
"""Of the EU AI Act, the gravest last; `limited` has duties of transparency."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One possible answer."""

    id: str
    text: str
    points: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `dimension` is "" for those that only classify."""

    id: str
    text: str
    why: str
    dimension: str
    choices: tuple[Choice, ...]

    def choice(self, answer: str) -> Choice:
        """The choice with that id. Raises KeyError for an answer that is not offered."""
        return {each.id: each for each in self.choices}[answer]


@dataclass(frozen=True, slots=True)
class Rule:
    """`when`: question → answers, all of which must hold; `unless` the same, any of which excludes."""

    when: Mapping[str, tuple[str, ...]]
    unless: Mapping[str, tuple[str, ...]]
    outcome: str
    article: str
    reason: str

    def applies(self, answers: Mapping[str, str]) -> bool:
        """Every condition holds and no exclusion does."""
        return all(answers[question] in wanted for question, wanted in self.when.items()) and not (
            any(answers[question] in wanted for question, wanted in self.unless.items())
        )


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version of the questions with the rules that read their answers."""

    id: str
    questions: tuple[Question, ...]
    scale: Mapping[str, float]
    floors: tuple[Rule, ...]
    act: tuple[Rule, ...]
    high_risk_from: str
    review_days: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What follows from the answers; `as_json` is kept with the assessment."""

    questionnaire: str
    levels: Mapping[str, float]
    materiality: float
    scale_tier: str
    tier: str
    floors: tuple[Rule, ...]
    act_class: str
    act: tuple[Rule, ...]
    high_risk_from: str

    def as_json(self) -> dict[str, Any]:
        """Levels, product, floors, class and articles."""
        return {
            "questionnaire": self.questionnaire,
            "levels": dict(self.levels),
            "materiality": self.materiality,
            "scale_tier": self.scale_tier,
            "tier": self.tier,
            "floors": [{"tier": each.outcome, "reason": each.reason} for each in self.floors],
            "eu_ai_act": {
                "class": self.act_class,
                "applies_from": self.high_risk_from if self.act_class == "high_risk" else None,
                "grounds": [
                    {"class": each.outcome, "article": each.article, "reason": each.reason}
                    for each in self.act
                ],
            },
        }


def evaluate(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Evaluation:
    """The tier and the class that the answers lead to. InvalidInput names what is not answered."""
    _refuse_incomplete(questionnaire, answers)
    levels = {name: _level(questionnaire, name, answers) for name in DIMENSIONS}
    materiality = 1.0
    for level in levels.values():
        materiality *= level
    by_scale = [tier for tier in TIERS if materiality >= questionnaire.scale[tier]][-1]
    floors = tuple(rule for rule in questionnaire.floors if rule.applies(answers))
    act = tuple(rule for rule in questionnaire.act if rule.applies(answers))
    return Evaluation(
        questionnaire=questionnaire.id,
        levels={name: round(level, 4) for name, level in levels.items()},
        materiality=round(materiality, 4),
        scale_tier=by_scale,
        tier=max([by_scale, *(rule.outcome for rule in floors)], key=TIERS.index),
        floors=floors,
        act_class=max(["minimal", *(rule.outcome for rule in act)], key=CLASSES.index),
        act=act,
        high_risk_from=questionnaire.high_risk_from,
    )


def _level(questionnaire: Questionnaire, dimension: str, answers: Mapping[str, str]) -> float:
    asked = [each for each in questionnaire.questions if each.dimension == dimension]
    points = sum(each.choice(answers[each.id]).points for each in asked)
    most = sum(max(choice.points for choice in each.choices) for each in asked)
    return 1 + 3 * points / most


def _refuse_incomplete(questionnaire: Questionnaire, answers: Mapping[str, str]) -> None:
    known = {each.id: {choice.id for choice in each.choices} for each in questionnaire.questions}
    wrong = [name for name in answers if name not in known]
    missing = [name for name, choices in known.items() if answers.get(name) not in choices]
    if wrong or missing:
        names = ", ".join([*missing, *wrong])
        raise InvalidInput(
            "tiering.answers",
            f"These are not answered with one of their choices: {names}.",
            "GET /api/v1/tiering/questionnaire lists questions and choices.",
        )


@cache
def questionnaire(identifier: str = CURRENT) -> Questionnaire:
    """A version of the questionnaire, from its data file. KeyError for one that does not exist."""
    if identifier not in versions():
        raise KeyError(identifier)
    return parse(json.loads((FOLDER / f"{identifier}.json").read_text(encoding="utf-8")))


def versions() -> list[str]:
    """The identifiers of every version that the product has had."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def parse(data: Mapping[str, Any]) -> Questionnaire:
    """A questionnaire from its JSON form."""
    return Questionnaire(
        id=data["id"],
        questions=tuple(_question(each) for each in data["questions"]),
        scale=data["scale"],
        floors=_rules(data["floors"], "tier"),
        act=_rules(data["eu_ai_act"]["rules"], "class"),
        high_risk_from=data["eu_ai_act"]["high_risk_from"],
        review_days=data["review_days"],
    )


def _question(data: Mapping[str, Any]) -> Question:
    return Question(
        id=data["id"],
        text=data["text"],
        why=data.get("why", ""),
        dimension=data.get("dimension", ""),
        choices=tuple(
            Choice(each["id"], each["text"], each.get("points", 0)) for each in data["choices"]
        ),
    )


def _rules(data: Sequence[Mapping[str, Any]], outcome: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            when=_answers(each.get("when", {})),
            unless=_answers(each.get("unless", {})),
            outcome=each[outcome],
            article=each.get("article", ""),
            reason=each["reason"],
        )
        for each in data
    )


def _answers(data: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {question: tuple(answers) for question, answers in data.items()}
