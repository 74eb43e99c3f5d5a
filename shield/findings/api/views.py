"""Findings over the API: read them, talk about them, work on them, propose what to do with them."""

from __future__ import annotations

from typing import Any, cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from shield.accounts.models import User
from shield.common.api_views import Acts, ErrorSerializer
from shield.findings import selectors, services
from shield.findings.api import filters, requests, serializers
from shield.findings.bulk import Bulk
from shield.findings.models import Finding

DETAIL = {
    200: serializers.FindingDetailSerializer,
    400: ErrorSerializer,
    409: ErrorSerializer,
    422: ErrorSerializer,
}


class FindingViewSet(
    Acts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Failed measurements with an identity, an owner and a clock. Runs make and resolve them."""

    queryset = selectors.findings_all()
    serializer_class = serializers.FindingSerializer
    filterset_class = filters.FindingFilter
    ordering_fields = ("id", "due_at", "opened_at", "updated_at", "state", "service", "severity")
    lookup_value_regex = r"\d+"
    acts = {
        "list": "finding.view",
        "retrieve": "finding.view",
        "comment": "finding.comment",
        "claim": "finding.work",
        "assign": "finding.work",
        "start": "finding.work",
        "release": "finding.work",
        "severity": "finding.triage",
        "due": "finding.triage",
        "ticket": "finding.work",
        "ticket_remove": "finding.work",
        "reopen": "finding.view",  # who works and who decides may; the service asks for either
        "propose_acceptance": "acceptance.propose",
        "propose_false_positive": "false_positive.propose",
        "bulk": "finding.view",  # each act asks the policy, finding by finding
    }

    @extend_schema(responses={200: serializers.FindingDetailSerializer})
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """One finding with its history, its clocks, and what you may do with it."""
        return self._answer(self.found())

    @extend_schema(
        request=requests.CommentSerializer,
        responses={201: serializers.TimelineSerializer, 400: ErrorSerializer, 422: ErrorSerializer},
    )
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: str) -> Response:
        """Add a comment to the timeline."""
        finding = self.found()
        text = str(valid(requests.CommentSerializer, request)["text"])
        entry = services.finding_comment(finding=finding, text=text, actor=actor(request))
        shown = serializers.TimelineSerializer(entry)
        return Response(shown.data, status=status.HTTP_201_CREATED)

    @extend_schema(request=requests.SeenSerializer, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def claim(self, request: Request, pk: str) -> Response:
        """Take the finding: you are responsible from now on."""
        return self._do(services.finding_assign, requests.SeenSerializer, assignee=actor(request))

    @extend_schema(request=requests.AssignSerializer, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Make somebody responsible, or nobody. For others than yourself you need to triage."""
        return self._do(services.finding_assign, requests.AssignSerializer)

    @extend_schema(request=requests.StartSerializer, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Begin to work on it: open or regressed becomes in progress."""
        return self._do(services.finding_start, requests.StartSerializer)

    @extend_schema(request=requests.ReleaseSerializer, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Stop working on it: in progress becomes open."""
        return self._do(services.finding_release, requests.ReleaseSerializer)

    @extend_schema(request=requests.SeveritySerializer, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def severity(self, request: Request, pk: str) -> Response:
        """Override the severity; the policy's stays beside it, and the due date follows."""
        return self._do(services.finding_severity_change, requests.SeveritySerializer)

    @extend_schema(request=requests.DueSerializer, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def due(self, request: Request, pk: str) -> Response:
        """Set another due date, at most twice the days of the SLA after it was opened."""
        return self._do(services.finding_due_change, requests.DueSerializer)

    @extend_schema(request=requests.ReopenSerializer, responses=DETAIL)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Take a confirmed false positive back."""
        return self._do(services.finding_reopen, requests.ReopenSerializer)

    @extend_schema(
        request=requests.TicketAddSerializer,
        responses={201: serializers.TicketSerializer, 400: ErrorSerializer, 422: ErrorSerializer},
    )
    @action(detail=True, methods=["post"], url_path="tickets")
    def ticket(self, request: Request, pk: str) -> Response:
        """Link a ticket elsewhere."""
        finding = self.found()
        wanted = valid(requests.TicketAddSerializer, request)
        made = services.ticket_add(finding=finding, actor=actor(request), **wanted)
        return Response(serializers.TicketSerializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=requests.TicketRemoveSerializer, responses=DETAIL | {404: ErrorSerializer}
    )
    @action(detail=True, methods=["post"], url_path="tickets/remove")
    def ticket_remove(self, request: Request, pk: str) -> Response:
        """Unlink a ticket; that it was linked stays on the timeline."""
        finding = self.found()
        number = valid(requests.TicketRemoveSerializer, request)["ticket"]
        services.ticket_remove(
            ticket=get_object_or_404(finding.tickets, pk=number), actor=actor(request)
        )
        return self._answer(finding)

    @extend_schema(
        request=requests.AcceptanceProposeSerializer,
        responses={201: serializers.AcceptanceSerializer, 400: ErrorSerializer,
                   409: ErrorSerializer, 422: ErrorSerializer},
    )  # fmt: skip
    @action(detail=True, methods=["post"], url_path="propose-acceptance")
    def propose_acceptance(self, request: Request, pk: str) -> Response:
        """Ask that the risk be accepted until a date; somebody else decides."""
        finding = self.found()
        wanted = valid(requests.AcceptanceProposeSerializer, request)
        made = services.acceptance_propose(
            finding=finding,
            terms=requests.terms_of(wanted),
            actor=actor(request),
            seen=wanted["seen"],
        )
        shown = selectors.acceptances_all().get(pk=made.pk)
        return Response(
            serializers.AcceptanceSerializer(shown).data, status=status.HTTP_201_CREATED
        )

    @extend_schema(
        request=requests.FalsePositiveProposeSerializer,
        responses={201: serializers.FalsePositiveSerializer, 400: ErrorSerializer,
                   409: ErrorSerializer, 422: ErrorSerializer},
    )  # fmt: skip
    @action(detail=True, methods=["post"], url_path="propose-false-positive")
    def propose_false_positive(self, request: Request, pk: str) -> Response:
        """Say that the failure is none, with evidence; somebody else confirms."""
        finding = self.found()
        wanted = valid(requests.FalsePositiveProposeSerializer, request)
        made = services.false_positive_propose(finding=finding, actor=actor(request), **wanted)
        shown = selectors.false_positives_all().get(pk=made.pk)
        data = serializers.FalsePositiveSerializer(shown).data
        return Response(data, status=status.HTTP_201_CREATED)

    @extend_schema(
        request=requests.BulkSerializer,
        responses={200: requests.BulkDoneSerializer, 400: ErrorSerializer, 422: ErrorSerializer},
        filters=False,
    )
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def bulk(self, request: Request) -> Response:
        """One act on up to 1,000 findings, in one transaction.

        Findings that refuse (their state, your grants) stay as they are and are listed with the
        reason; the others are done. A finding that you may not see is as if it were not there. With
        `seen` (id → `updated_at`) those that somebody changed since you read them refuse as well.
        """
        wanted = valid(requests.BulkSerializer, request)
        kind = requests.BULK_DATA[wanted["act"]]
        data = kind(data=wanted["data"], context={"request": request})
        data.is_valid(raise_exception=True)
        facts = {name: value for name, value in data.validated_data.items() if name != "seen"}
        if wanted["act"] == "propose_acceptance":
            facts = {"terms": requests.terms_of(facts)}
        result = services.findings_bulk(
            findings=self.get_queryset().filter(pk__in=wanted["findings"]).order_by("pk"),
            wanted=Bulk(wanted["act"], facts, seen=wanted["seen"]),
            actor=actor(request),
        )
        return Response(
            {
                "done": [finding.pk for finding in result.done],
                "unchanged": [finding.pk for finding in result.unchanged],
                "refused": [
                    {"finding": str(each.finding.pk), "code": each.code, "message": each.message,
                     "hint": each.hint}
                    for each in result.refused
                ],
            }
        )  # fmt: skip

    def found(self) -> Finding:
        """The finding of the address."""
        return cast(Finding, self.get_object())

    def _do(self, service: Any, kind: type[Serializer], **more: object) -> Response:  # noqa: ANN401
        """Call a service of a single finding with what was sent, and show the finding."""
        finding = self.found()
        wanted = valid(kind, self.request)
        done = service(finding=finding, actor=actor(self.request), **wanted, **more)
        return self._answer(done)

    def _answer(self, finding: Finding) -> Response:
        rows = self.get_queryset().prefetch_related("timeline", "clocks", "tickets")
        shown = rows.get(pk=finding.pk)
        context = {"request": self.request}
        return Response(serializers.FindingDetailSerializer(shown, context=context).data)


def actor(request: Request) -> User:
    """Who sends it."""
    return cast(User, request.user)


def valid(kind: type[BaseSerializer], request: Request) -> dict[str, Any]:
    """What was sent, or 400."""
    serializer = kind(data=request.data, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
