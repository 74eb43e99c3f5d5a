"""What a list of runs can be narrowed by; the home page counts with the same filters."""

from __future__ import annotations

import django_filters
from django.utils.translation import gettext_lazy as _

from shield.common.filters import AnyOf, age_filter, by_uuid, search_filter, service_filter
from shield.records.choices import OutcomeChoice, RunState
from shield.records.models import Run


class RunFilter(django_filters.FilterSet):
    """Runs by text, state, outcome, service and age."""

    q = search_filter(
        "service__name",
        "version__label",
        "requested_by",
        exact=by_uuid,
    )
    state = AnyOf(choices=RunState, label=_("State"))
    outcome = AnyOf(choices=OutcomeChoice, label=_("Outcome"))
    service = service_filter()
    queued = age_filter("queued_at", _("Queued"))

    class Meta:
        model = Run
        fields: list[str] = []
