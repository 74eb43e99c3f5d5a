"""The questionnaire: every branch of its rules, and who may move a tier which way."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shield.accounts.choices import Role
from shield.accounts.models import User
from shield.audit.models import Event
from shield.common.errors import Conflict, InvalidInput, NotPermitted
from shield.registry.models import Service
from shield.registry.services import service_update
from shield.risk.models import TieringAssessment
from shield.risk.tiering.questionnaire import (
    CLASSES,
    DIMENSIONS,
    TIERS,
    Evaluation,
    evaluate,
    questionnaire,
    versions,
)
from shield.risk.tiering.selectors import answered, overdue_tierings, tiering_of
from shield.risk.tiering.services import tier_approve, tier_assess, tier_reject, tier_withdraw
from tests import factories

ASKED = questionnaire()
MILD = {question.id: question.choices[0].id for question in ASKED.questions} | {
    "use": "other", "profiling": "no",
}  # fmt: skip
WORST = {question.id: question.choices[-1].id for question in ASKED.questions if question.dimension}
ANNEX = {
    "creditworthiness": "5(b)", "insurance_pricing": "5(c)", "recruitment": "4", "education": "3",
    "public_benefits": "5(a)", "critical_infrastructure": "2", "law_enforcement": "6",
    "migration": "7", "justice": "8", "remote_biometric_identification": "1(a)",
    "biometric_categorisation": "1(b)", "emotion_recognition": "1(c)",
}  # fmt: skip


def after(**answers: str) -> Evaluation:
    return evaluate(ASKED, MILD | answers)


def articles(found: Evaluation) -> str:
    return " | ".join(rule.article for rule in found.act)


@st.composite
def answers(draw: st.DrawFn) -> dict[str, str]:
    return {
        question.id: draw(st.sampled_from([choice.id for choice in question.choices]))
        for question in ASKED.questions
    }


def test_the_product_of_three_levels_worked_out_by_hand() -> None:
    """Impact 3 + 2 + 2 + 1 of 11, complexity 1 + 1 + 1 of 9, reliance 2 + 1 of 5 points."""
    found = after(
        affects="essential", harm="serious", scale="million", vulnerable="some",
        technique="ensemble", data="external", change="regular",
        automation="override", fallback="manual",
    )  # fmt: skip
    assert found.levels == {"impact": 3.1818, "complexity": 2.0, "reliance": 2.8}
    assert found.materiality == pytest.approx((1 + 24 / 11) * 2 * 2.8, abs=1e-3)
    assert found.scale_tier == found.tier == "high"


def test_the_ends_of_the_scale() -> None:
    assert (after().materiality, after().tier) == (1, "low")
    worst = after(**WORST)
    assert (worst.materiality, worst.tier) == (64, "critical")


@given(answers())
def test_a_graver_answer_never_lowers_materiality_or_tier(given: dict[str, str]) -> None:
    found = evaluate(ASKED, given)
    assert TIERS.index(found.tier) >= TIERS.index(found.scale_tier)
    for question in ASKED.questions:
        if question.dimension:
            graver = evaluate(ASKED, given | {question.id: question.choices[-1].id})
            assert graver.materiality >= found.materiality
            assert TIERS.index(graver.tier) >= TIERS.index(found.tier)


@given(answers())
def test_every_answer_has_a_class_with_an_article_and_a_reason(given: dict[str, str]) -> None:
    found = evaluate(ASKED, given)
    assert found.act_class in CLASSES
    assert found.act
    assert all(rule.article and rule.reason for rule in found.act)


@pytest.mark.parametrize(("use", "paragraph"), list(ANNEX.items()))
def test_annex_iii_makes_a_service_high_risk_and_at_least_high_tier(
    use: str, paragraph: str
) -> None:
    found = after(use=use)
    assert found.act_class == "high_risk"
    assert f"Annex III {paragraph}" in articles(found)
    assert found.tier == "high"
    assert found.as_json()["eu_ai_act"]["applies_from"] == "2027-12-02"


@pytest.mark.parametrize(("use", "role"), list(itertools.product(ANNEX, ["narrow", "preparatory"])))
def test_a_narrow_task_is_not_high_risk_unless_it_profiles_people(use: str, role: str) -> None:
    narrow = after(use=use, role=role, profiling="no")
    assert narrow.act_class in ("minimal", "limited")
    assert "Art. 6(3)" in articles(narrow)
    assert narrow.as_json()["eu_ai_act"]["applies_from"] is None
    profiling = after(use=use, role=role, profiling="yes")
    assert profiling.act_class == "high_risk"


@pytest.mark.parametrize(
    ("use", "words"),
    [("fraud", "excludes systems used for detecting financial fraud"),
     ("biometric_verification", "excludes verification"),
     ("business_credit", "natural persons"), ("other", "No purpose")],
)  # fmt: skip
def test_what_annex_iii_leaves_out_says_so(use: str, words: str) -> None:
    found = after(use=use)
    assert found.act_class == "minimal"
    assert any(words in rule.reason for rule in found.act)
    assert found.tier == "low"


@pytest.mark.parametrize(
    "practice", [choice.id for choice in ASKED.questions[10].choices if choice.id != "none"]
)
def test_forbidden_practices_outweigh_everything(practice: str) -> None:
    for use in ("other", "creditworthiness"):
        found = after(use=use, practices=practice)
        assert found.act_class == "prohibited"
        assert "Art. 5(1)" in articles(found)


@pytest.mark.parametrize(("interaction", "article"), [("talks", "50(1)"), ("generates", "50(2)")])
def test_people_who_meet_it_must_be_told(interaction: str, article: str) -> None:
    found = after(interaction=interaction)
    assert found.act_class == "limited"
    assert article in articles(found)


def test_irreversible_harm_is_never_averaged_away() -> None:
    assert after(harm="irreversible").tier == "high"
    assert after(harm="irreversible", automation="automatic").tier == "critical"
    assert after(affects="essential").tier == "moderate"


@pytest.mark.parametrize(
    "wrong", [{}, MILD | {"use": "nonsense"}, MILD | {"more": "x"}, {**MILD, "harm": ""}]
)
def test_answers_must_be_complete_and_offered(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        evaluate(ASKED, wrong)


def test_the_data_is_sound() -> None:
    """Every rule names questions and answers that exist, every question is short of choices in none."""
    known = {question.id: {c.id for c in question.choices} for question in ASKED.questions}
    for rule in (*ASKED.floors, *ASKED.act):
        for question, wanted in (*rule.when.items(), *rule.unless.items()):
            assert set(wanted) <= known[question]
    assert {question.dimension for question in ASKED.questions} == {*DIMENSIONS, ""}
    assert all(len(choices) >= 2 for choices in known.values())
    assert list(ASKED.scale) == list(TIERS)
    assert versions() == [ASKED.id]
    with pytest.raises(KeyError):
        questionnaire("../secrets")


# ---------- acts ----------


def assess(service: Service, actor: User, **more: str) -> TieringAssessment:
    return tier_assess(service=service, answers=MILD | more, reason="Yearly review", actor=actor)


@pytest.mark.django_db
def test_a_higher_tier_applies_at_once(officer: User) -> None:
    service = factories.service(tier="low")
    made = assess(service, officer, use="creditworthiness")
    service.refresh_from_db()
    assert (made.state, service.tier) == ("applied", "high")
    assert tiering_of(service) == made
    assert [each.answer for each in answered(made)]
    acts = list(Event.objects.order_by("id").values_list("act", flat=True))
    assert acts == ["tier.assess", "service.change"]


@pytest.mark.django_db
def test_a_lower_tier_waits_for_a_second_person(officer: User, approver: User) -> None:
    service = factories.service(tier="high")
    made = assess(service, officer)
    service.refresh_from_db()
    assert (made.state, service.tier) == ("proposed", "high")
    assert tiering_of(service) is None
    tier_approve(assessment=made, actor=approver, note="Agreed.")
    service.refresh_from_db()
    assert service.tier == "low"
    assert tiering_of(service) == made


@pytest.mark.django_db
def test_nobody_lowers_a_tier_alone(both: User, officer: User) -> None:
    service = factories.service(tier="high")
    made = assess(service, both)
    for act in (tier_approve, tier_reject):
        with pytest.raises(NotPermitted):
            act(assessment=made, actor=both, note="x")
        with pytest.raises(NotPermitted):
            act(assessment=made, actor=officer, note="x")
    with pytest.raises(Conflict, match="decision of two"):
        service_update(service=service, changes={"tier": "low"}, actor="otto")


@pytest.mark.django_db
def test_an_approver_of_low_tiers_does_not_lower_a_high_one(officer: User) -> None:
    made = assess(factories.service(tier="high"), officer)
    limited = factories.user(role=Role.APPROVER, tier_limit="low")
    with pytest.raises(NotPermitted):
        tier_approve(assessment=made, actor=limited, note="x")


@pytest.mark.django_db
def test_newer_answers_replace_a_proposal_that_waits(officer: User, approver: User) -> None:
    service = factories.service(tier="high")
    first, second = assess(service, officer), assess(service, officer)
    with pytest.raises(Conflict, match="withdrawn already"):
        tier_approve(assessment=first, actor=approver, note="x")
    tier_reject(assessment=second, actor=approver, note="It decides about loans.")
    third = tier_withdraw(assessment=assess(service, officer), actor=officer)
    assert third.state == "withdrawn"
    service.refresh_from_db()
    assert service.tier == "high"


@pytest.mark.django_db
def test_a_tier_that_moved_meanwhile_is_assessed_again(officer: User, approver: User) -> None:
    service = factories.service(tier="high")
    made = assess(service, officer)
    service_update(service=service, changes={"tier": "critical"}, actor="x")
    with pytest.raises(Conflict, match="critical now"):
        tier_approve(assessment=made, actor=approver, note="x")


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER, Role.ADMINISTRATOR])
def test_who_may_not_assess(role: str) -> None:
    with pytest.raises(NotPermitted):
        assess(factories.service(), factories.user(role=role))


@pytest.mark.django_db
def test_answers_grow_old(officer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    old: Any = replace(ASKED, review_days=-1)
    monkeypatch.setattr("shield.risk.tiering.services.questionnaire", lambda: old)
    made = assess(factories.service(tier="low"), officer)
    assert list(overdue_tierings()) == [made]
