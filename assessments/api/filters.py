"""How the list of runs can be narrowed."""

from __future__ import annotations

from django_filters import rest_framework as filters

from assessments.models import Submission
from shield.common.api_filters import MomentFilter
from shield.common.filters import AnyOf
from shield.records.choices import OutcomeChoice, RunKind, RunState
from shield.records.models import Run


class RunFilter(filters.FilterSet):
    """By service, version, state, outcome and time."""

    service = filters.CharFilter(field_name="service__slug")
    version = filters.CharFilter(field_name="version__label")
    state = AnyOf(choices=RunState.choices)
    outcome = AnyOf(choices=OutcomeChoice.choices)
    kind = filters.ChoiceFilter(choices=RunKind.choices)
    queued_after = MomentFilter(field_name="queued_at", lookup_expr="gte")
    queued_before = MomentFilter(field_name="queued_at", lookup_expr="lt")

    class Meta:
        model = Run
        fields = ("service", "version", "state", "outcome", "kind", "queued_after", "queued_before")


class SubmissionFilter(filters.FilterSet):
    """By service, version, dry run, commit and time."""

    service = filters.CharFilter(field_name="service_slug")
    version = filters.CharFilter(field_name="version_label")
    commit = filters.CharFilter(field_name="source__commit")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte")

    class Meta:
        model = Submission
        fields = ("service", "version", "dry_run", "commit", "created_after")
