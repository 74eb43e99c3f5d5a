"""What the measurements of a run, a comparison of two, and the list of submissions can be narrowed by."""

from __future__ import annotations

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from assessments.choices import SubmissionState
from assessments.models import Submission
from shield.common.filters import AnyOf, TypedFilter, age_filter, by_uuid, search_filter
from shield.records.choices import OutcomeChoice, RunState
from shield.records.models import MeasurementRecord

OUTCOMES = [*OutcomeChoice.choices, ("descriptive", _("Descriptive"))]


class MeasurementFilter(django_filters.FilterSet):
    """Measurements of one run by text (check or slice), outcome and pillar."""

    q = search_filter("slice", "check_record__check_id", "check_record__title")
    outcome = AnyOf(choices=OUTCOMES, label=_("Outcome"), method="filter_outcome")
    pillar = AnyOf(choices=[], label=_("Pillar"), field_name="check_record__pillar")

    class Meta:
        model = MeasurementRecord
        fields: list[str] = []

    def __init__(self, *args: object, pillars: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.filters["pillar"].extra["choices"] = [(name, name.capitalize()) for name in pillars]

    def filter_outcome(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        """`descriptive` stands for measurements that no threshold judges."""
        if not value:
            return queryset
        wanted = Q(outcome__in=value)
        return queryset.filter(wanted | Q(outcome=None) if "descriptive" in value else wanted)


OF_RUN = {
    SubmissionState.RUNNING: (RunState.QUEUED, RunState.RUNNING),
    SubmissionState.FINISHED: (RunState.FINISHED,),
    SubmissionState.FAILED: (RunState.FAILED,),
    SubmissionState.ERRORED: (RunState.ERRORED,),
    SubmissionState.CANCELLED: (RunState.CANCELLED,),
}
"""The states of its run that are this state of a submission."""
KINDS = [("assessment", _("Assessment")), ("dry_run", _("Dry run"))]
WHO = [("me", _("Me"))]


def by_sender(value: str, user: object) -> Q:
    """`me`, or a user name (with @ where one of them is called so)."""
    if value == "me":
        return Q(owner=getattr(user, "pk", None) or 0)
    return Q(owner__username=value.removeprefix("@"))


def by_service(value: str, user: object) -> Q:
    """Its id, or a part of it; the service itself need not be there yet."""
    return Q(service_slug__icontains=value)


class SubmissionFilter(django_filters.FilterSet):
    """What pipelines handed in, by text, state, kind, service, sender and age."""

    q = search_filter(
        "service_slug",
        "version_label",
        "owner__username",
        exact=lambda text: Q(source__commit__startswith=text) | by_uuid(text),
    )
    state = AnyOf(choices=SubmissionState, label=_("State"), method="filter_state")
    kind = django_filters.ChoiceFilter(
        choices=KINDS, label=_("Kind"), empty_label=_("Both"), method="filter_kind"
    )
    service = TypedFilter(by_service, label=_("Service"))
    who = TypedFilter(by_sender, label=_("Handed in by"), suggestions=WHO)
    created = age_filter("created_at", _("Handed in"))

    class Meta:
        model = Submission
        fields: list[str] = []

    def filter_state(self, queryset: QuerySet, name: str, value: list[str]) -> QuerySet:
        """Once there is a run, its state is the submission's."""
        found = Q(run=None, state__in=value)
        for state in value:
            found |= Q(run__state__in=OF_RUN.get(SubmissionState(state), ()))
        return queryset.filter(found) if value else queryset

    def filter_kind(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Registered and assessed, or tried only."""
        return queryset.filter(dry_run=value == "dry_run")
