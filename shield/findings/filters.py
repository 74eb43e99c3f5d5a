"""What a list of findings can be narrowed by; the home page counts with the same filters."""

from __future__ import annotations

import re
from datetime import timedelta

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shield.accounts.models import User
from shield.common.filters import age_filter, search_filter
from shield.findings.choices import FindingState
from shield.findings.models import Finding
from shield.records.choices import SeverityChoice
from shield.registry.models import Service

SHOW = [("active", _("Active")), ("done", _("Done")), ("all", _("All"))]
CLOCK = [("overdue", _("Overdue")), ("week", _("Due within 7 days"))]


def by_label(text: str) -> Q:
    """FND-12, fnd 12 or 12 means that finding."""
    match = re.fullmatch(r"\s*(?:fnd[-\s]?)?(\d{1,18})\s*", text, re.IGNORECASE)
    return Q(pk=int(match[1])) if match else Q(pk__in=[])


class FindingFilter(django_filters.FilterSet):
    """Findings by text, severity, state, service, pillar, owner and clock."""

    q = search_filter("title", "check_id", "service__name", "slice", exact=by_label)
    severity = django_filters.MultipleChoiceFilter(choices=SeverityChoice, label=_("Severity"))
    state = django_filters.MultipleChoiceFilter(choices=FindingState, label=_("State"))
    service = django_filters.ModelMultipleChoiceFilter(
        queryset=Service.objects.all(),
        field_name="service__slug",
        to_field_name="slug",
        label=_("Service"),
    )
    owner = django_filters.ChoiceFilter(
        choices=[], label=_("Owner"), empty_label=_("Anybody"), method="filter_owner"
    )
    clock = django_filters.ChoiceFilter(
        choices=CLOCK, label=_("Due"), empty_label=_("Any time"), method="filter_clock"
    )
    opened = age_filter("opened_at", _("Opened"))
    show = django_filters.ChoiceFilter(choices=SHOW, label=_("Show"), method="filter_show")

    class Meta:
        model = Finding
        fields: list[str] = []

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(finding__isnull=False).distinct().order_by("username")
        self.filters["owner"].extra["choices"] = [
            ("me", _("Me")),
            ("nobody", _("Nobody")),
            *((f"@{name}", name) for name in people.values_list("username", flat=True)),
        ]

    def filter_owner(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """`me`, `nobody` or `@username`."""
        if value == "nobody":
            return queryset.filter(assignee=None)
        if value == "me":
            user = getattr(self.request, "user", None)
            return queryset.filter(assignee=user.pk if user else None)
        return queryset.filter(assignee__username=value[1:])

    def filter_clock(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Active findings whose due date has passed, or comes within a week."""
        now = timezone.now()
        running = queryset.filter(state__in=FindingState.active())
        if value == "overdue":
            return running.filter(due_at__lt=now)
        return running.filter(due_at__gte=now, due_at__lt=now + timedelta(days=7))

    def filter_show(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Those that ask for work, those that do not, or all."""
        active = Q(state__in=FindingState.active())
        return {
            "active": queryset.filter(active),
            "done": queryset.exclude(active),
        }.get(value, queryset)
