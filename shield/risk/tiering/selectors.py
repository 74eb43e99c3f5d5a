"""Reading tierings: why a service has its tier, and which answers are old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from shield.accounts.policy import visible
from shield.registry.models import Service
from shield.risk.tiering.models import TieringAssessment, TieringState
from shield.risk.tiering.questionnaire import Question, questionnaire


def tierings() -> QuerySet[TieringAssessment]:
    """Every assessment with service and people, the newest first."""
    return TieringAssessment.objects.select_related("service", "proposer", "decider")


def tiering_of(service: Service) -> TieringAssessment | None:
    """The newest settled assessment: why the service has its tier."""
    rows = tierings().filter(service=service, state__in=TieringState.settled())
    return rows.order_by("-id").first()


def tierings_overdue(user: object) -> QuerySet[TieringAssessment]:
    """As `overdue_tierings`, of the services that this person may see: for the home page."""
    return visible(overdue_tierings(), user, "risk.view")


def overdue_tierings(at: datetime | None = None) -> QuerySet[TieringAssessment]:
    """The newest settled assessments of services in use whose review is late."""
    settled = TieringAssessment.objects.filter(
        service=OuterRef("service"), state__in=TieringState.settled()
    ).order_by("-id")
    return tierings().filter(
        pk=Subquery(settled.values("pk")[:1]),
        review_at__lt=at or timezone.now(),
        service__retired_at=None,
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """One question with what was answered, in words."""

    question: Question
    answer: str
    points: int


def answered(assessment: TieringAssessment) -> list[Answered]:
    """The questions of the version that was answered, with the answers."""
    asked = questionnaire(assessment.questionnaire)
    found = []
    for question in asked.questions:
        choice = question.choice(assessment.answers[question.id])
        found.append(Answered(question, choice.text, choice.points))
    return found
