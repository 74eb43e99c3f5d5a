"""Risk over the API: standings, policies, proposals with their back-tests, tiering, appetite."""

from __future__ import annotations

from django.db.models import F, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shield.accounts.models import BusinessUnit
from shield.accounts.pages import get_visible_or_404, require
from shield.accounts.policy import EVERYWHERE
from shield.common.api_views import Acts, ErrorSerializer
from shield.registry.models import Service
from shield.risk.api import filters, requests, serializers
from shield.risk.api.decisions import ERRORS, Decisions, ReadOnly, valid
from shield.risk.appetite.services import (
    appetite_approve,
    appetite_propose,
    appetite_reject,
    appetite_withdraw,
)
from shield.risk.freshness import freshness
from shield.risk.models import (
    Appetite,
    PolicyChange,
    PolicyException,
    PolicyVersion,
    Standing,
    TieringAssessment,
)
from shield.risk.policies.backtests import backtest_again
from shield.risk.policies.exceptions import (
    exception_approve,
    exception_end,
    exception_propose,
    exception_reject,
    exception_withdraw,
)
from shield.risk.policies.proposals import (
    policy_approve,
    policy_propose,
    policy_reject,
    policy_review,
    policy_withdraw,
)
from shield.risk.tiering.questionnaire import questionnaire
from shield.risk.tiering.services import tier_approve, tier_assess, tier_reject, tier_withdraw
from shield.risk.views.acts import actor_of


class StandingViewSet(ReadOnly):
    """Where each service stands: the heat map, the scores with their reasons, the breaches."""

    queryset = (
        Standing.objects.select_related("service__unit")
        .filter(service__retired_at=None)
        .order_by(F("score").desc(nulls_last=True), "service__slug")
    )
    serializer_class = serializers.StandingSerializer
    filterset_class = filters.StandingFilter
    ordering_fields = ("score", "last_finished_at", "fresh_until", "active")
    lookup_field = "service__slug"
    lookup_url_kwarg = "slug"
    lookup_value_regex = "[-a-z0-9_]+"
    acts = {"list": "risk.view", "retrieve": "risk.view"}

    def get_queryset(self) -> QuerySet[Standing]:
        """With `freshness`, which depends on the present moment."""
        return super().get_queryset().annotate(freshness=freshness())


class PolicyVersionViewSet(ReadOnly):
    """Versions of the tiers' policies; the newest of a tier is in force. They never change."""

    queryset = PolicyVersion.objects.select_related("change__decider").order_by("tier", "-number")
    serializer_class = serializers.PolicyVersionSerializer
    filterset_class = filters.PolicyVersionFilter
    ordering_fields = ("number", "valid_from")
    acts = {"list": "policy.view", "retrieve": "policy.view", "review": "policy.decide"}

    @extend_schema(
        request=requests.ReviewSerializer,
        responses={200: serializers.PolicyVersionSerializer, 409: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def review(self, request: Request, pk: str) -> Response:
        """Say that the version in force was looked at and may stay."""
        version = self.get_object()
        data = valid(requests.ReviewSerializer, request)
        policy_review(version=version, actor=actor_of(request), **data)
        return self.answer(version.pk)


@extend_schema_view(
    create=extend_schema(
        request=requests.PolicyProposeSerializer,
        responses={201: serializers.PolicyChangeSerializer, **ERRORS},
    )
)
class PolicyChangeViewSet(Decisions):
    """Proposals to change a tier's policy: back-tested, then decided by a second person."""

    queryset = PolicyChange.objects.select_related("base", "proposer", "decider").order_by("-id")
    serializer_class = serializers.PolicyChangeSerializer
    filterset_class = filters.PolicyChangeFilter
    ordering_fields = ("id", "proposed_at", "decided_at")
    subject = "change"
    decisions = {
        "approve": policy_approve,
        "reject": policy_reject,
        "withdraw": policy_withdraw,
    }
    acts = {
        "list": "policy.view",
        "retrieve": "policy.view",
        "create": "policy.propose",
        "approve": "policy.decide",
        "reject": "policy.decide",
        "withdraw": "policy.propose",
        "backtest": "policy.propose",
    }

    def create(self, request: Request) -> Response:
        """Propose; the back-test starts. 409 while a finding is open that it would close."""
        require(request.user, "policy.propose", EVERYWHERE)
        data = valid(requests.PolicyProposeSerializer, request)
        made = policy_propose(actor=actor_of(request), **data)
        return self.answer(made.pk, status.HTTP_201_CREATED)

    @extend_schema(
        request=requests.NothingSerializer,
        responses={202: serializers.PolicyChangeSerializer, **ERRORS},
    )
    @action(detail=True, methods=["post"])
    def backtest(self, request: Request, pk: str) -> Response:
        """Hold it to the past once more."""
        backtest_again(proposal=self.get_object(), actor=actor_of(request))
        return self.answer(pk, status.HTTP_202_ACCEPTED)


@extend_schema_view(
    create=extend_schema(
        request=requests.ExceptionProposeSerializer,
        responses={201: serializers.PolicyExceptionSerializer, **ERRORS},
    )
)
class PolicyExceptionViewSet(Decisions):
    """Limits of single services that depart from their tier's, for a time."""

    queryset = PolicyException.objects.select_related(
        "service", "base", "proposer", "decider"
    ).order_by("-id")
    serializer_class = serializers.PolicyExceptionSerializer
    filterset_class = filters.PolicyExceptionFilter
    ordering_fields = ("id", "proposed_at", "expires_at")
    subject = "exception"
    decisions = {
        "approve": exception_approve,
        "reject": exception_reject,
        "withdraw": exception_withdraw,
    }
    acts = {
        "list": "policy.view",
        "retrieve": "policy.view",
        "create": "policy.propose",
        "approve": "policy.decide",
        "reject": "policy.decide",
        "withdraw": "policy.propose",
        "end": "policy.propose",
        "backtest": "policy.propose",
    }

    def create(self, request: Request) -> Response:
        """Propose; the back-test starts. 409 while a finding is open that it would close."""
        data = valid(requests.ExceptionProposeSerializer, request)
        rows = Service.objects.all()
        service = get_visible_or_404(rows, request.user, "service.view", slug=data["service"])
        require(request.user, "policy.propose", service)
        made = exception_propose(
            service=service,
            check=data["check"],
            minimum=data["min"],
            maximum=data["max"],
            expires_at=data["expires_at"],
            reason=data["reason"],
            actor=actor_of(request),
        )
        return self.answer(made.pk, status.HTTP_201_CREATED)

    @extend_schema(
        request=requests.EndSerializer,
        responses={200: serializers.PolicyExceptionSerializer, **ERRORS},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End one that is in force before its time."""
        row, data = self.get_object(), valid(requests.EndSerializer, request)
        exception_end(exception=row, actor=actor_of(request), **data)
        return self.answer(pk)

    @extend_schema(
        request=requests.NothingSerializer,
        responses={202: serializers.PolicyExceptionSerializer, **ERRORS},
    )
    @action(detail=True, methods=["post"])
    def backtest(self, request: Request, pk: str) -> Response:
        """Hold it to the past once more."""
        backtest_again(proposal=self.get_object(), actor=actor_of(request))
        return self.answer(pk, status.HTTP_202_ACCEPTED)


@extend_schema_view(
    create=extend_schema(
        request=requests.TieringAssessSerializer,
        responses={201: serializers.TieringSerializer, **ERRORS},
    )
)
class TieringViewSet(Decisions):
    """Answered tiering questionnaires, with materiality and EU AI Act class."""

    queryset = TieringAssessment.objects.select_related("service", "proposer", "decider").order_by(
        "-id"
    )
    serializer_class = serializers.TieringSerializer
    filterset_class = filters.TieringFilter
    ordering_fields = ("id", "proposed_at", "review_at")
    subject = "assessment"
    decisions = {
        "approve": tier_approve,
        "reject": tier_reject,
        "withdraw": tier_withdraw,
    }
    acts = {
        "list": "risk.view",
        "retrieve": "risk.view",
        "create": "tier.assess",
        "approve": "tier.decide",
        "reject": "tier.decide",
        "withdraw": "tier.assess",
    }

    def create(self, request: Request) -> Response:
        """Answer the questionnaire: a higher tier applies at once, a lower one is a proposal."""
        data = valid(requests.TieringAssessSerializer, request)
        rows = Service.objects.all()
        service = get_visible_or_404(rows, request.user, "service.view", slug=data["service"])
        require(request.user, "tier.assess", service)
        made = tier_assess(
            service=service, answers=data["answers"], reason=data["reason"], actor=actor_of(request)
        )
        return self.answer(made.pk, status.HTTP_201_CREATED)


class QuestionnaireView(Acts, APIView):
    """The current tiering questionnaire."""

    acts = {"GET": "risk.view"}

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Questions with their choices, in the order in which they are asked."""
        asked = questionnaire()
        return Response(
            {
                "id": asked.id,
                "questions": [
                    {
                        "id": question.id,
                        "text": question.text,
                        "why": question.why,
                        "dimension": question.dimension or None,
                        "choices": [
                            {"id": each.id, "text": each.text} for each in question.choices
                        ],
                    }
                    for question in asked.questions
                ],
            }
        )


@extend_schema_view(
    create=extend_schema(
        request=requests.AppetiteProposeSerializer,
        responses={201: serializers.AppetiteSerializer, **ERRORS},
    )
)
class AppetiteViewSet(Decisions):
    """What business units are willing to bear: versions of limits, each approved by a second person."""

    queryset = Appetite.objects.select_related("unit", "base", "proposer", "decider").order_by(
        "-id"
    )
    serializer_class = serializers.AppetiteSerializer
    filterset_class = filters.AppetiteFilter
    ordering_fields = ("id", "proposed_at", "decided_at")
    subject = "appetite"
    decisions = {
        "approve": appetite_approve,
        "reject": appetite_reject,
        "withdraw": appetite_withdraw,
    }
    acts = {
        "list": "risk.view",
        "retrieve": "risk.view",
        "create": "appetite.propose",
        "approve": "appetite.decide",
        "reject": "appetite.decide",
        "withdraw": "appetite.propose",
    }

    def create(self, request: Request) -> Response:
        """Propose other limits."""
        data = valid(requests.AppetiteProposeSerializer, request)
        rows = BusinessUnit.objects.all()
        unit = get_visible_or_404(rows, request.user, "risk.view", slug=data["unit"])
        require(request.user, "appetite.propose", unit)
        made = appetite_propose(
            unit=unit,
            limits=requests.AppetiteProposeSerializer.limits(data),
            base=data["base"],
            reason=data["reason"],
            actor=actor_of(request),
        )
        return self.answer(made.pk, status.HTTP_201_CREATED)
