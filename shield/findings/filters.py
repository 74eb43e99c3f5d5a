"""What lists of findings and acceptances can be narrowed by; the home page counts with the same."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shield.accounts.models import BusinessUnit
from shield.accounts.policy import visible
from shield.common.distinct import distinct_values
from shield.common.filters import AnyOf, TypedFilter, age_filter, search_filter, service_filter
from shield.findings.choices import (
    AcceptanceReason,
    AcceptanceStatus,
    FindingState,
    Pending,
    SlaState,
    Treatment,
)
from shield.findings.clocks import running_query, sla_query
from shield.findings.models import Acceptance, Finding
from shield.findings.selectors import (
    EXPIRING,
    acceptances_to_decide,
    findings_to_confirm,
    mitigation_overdue,
)
from shield.records.choices import SeverityChoice
from shield.registry.choices import Tier

CLAIMS = "claims"
"""The tab of false positives that wait for the person who looks."""
SHOW = [
    ("active", _("Active")),
    ("done", _("Done")),
    ("all", _("All")),
    (CLAIMS, _("Claims for me to decide")),
]
NOT_OVERDUE = "not_overdue"
CLOCK = [
    ("week", _("Due within 7 days")),
    (NOT_OVERDUE, _("Not overdue")),
    *((s.value, s.label) for s in SlaState if s != "due_soon"),
]
AGES = [
    ("7", _("Up to 7 days")),
    ("30", _("8 to 30 days")),
    ("90", _("31 to 90 days")),
    ("180", _("91 to 180 days")),
    ("older", _("More than 180 days")),
]
AGE_DAYS = {"7": (0, 7), "30": (7, 30), "90": (30, 90), "180": (90, 180), "older": (180, 0)}
UNTIL = [
    ("7", _("Within 7 days")),
    ("30", _("Within 30 days")),
    ("90", _("Within 90 days")),
]
PILLARS = [
    (name, name.capitalize())
    for name in (
        "fairness", "robustness", "explainability", "privacy", "security", "performance", "ekyc",
        "monitoring",
    )
]  # fmt: skip
OWNERS = [
    ("me", _("Me")),
    ("nobody", _("Nobody")),
    ("inactive", _("Somebody who has left")),
]
TABS = [
    ("mine", _("Waiting for me")),
    ("proposed", _("Proposed")),
    ("active", _("Active")),
    ("expiring", _("Ending soon")),
    ("ended", _("Over")),
    ("", _("All")),
]


def by_label(text: str) -> Q:
    """FND-12, fnd 12 or 12 means that finding."""
    match = re.fullmatch(r"\s*(?:fnd[-\s]?)?(\d{1,18})\s*", text, re.IGNORECASE)
    return Q(pk=int(match[1])) if match else Q(pk__in=[])


def by_age(queryset: QuerySet[Finding], step: str) -> QuerySet[Finding]:
    """Findings whose time since they were opened lies within one of the steps."""
    now, (least, most) = timezone.now(), AGE_DAYS[step]
    found = queryset.filter(opened_at__lte=now - timedelta(days=least)) if least else queryset
    return found.filter(opened_at__gt=now - timedelta(days=most)) if most else found


def by_owner(value: str, user: object) -> Q:
    """`me`, `nobody`, `inactive`, or a user name (with @ where one of them is called so)."""
    if value == "nobody":
        return Q(assignee=None)
    if value == "inactive":
        return Q(assignee__is_active=False)
    if value == "me":
        return Q(assignee=getattr(user, "pk", None) or 0)
    return Q(assignee__username=value.removeprefix("@"))


def by_check(value: str, user: object) -> Q:
    """A check's id, or the beginning of it: the ids that there are, because an index finds these."""
    begun = distinct_values(Finding, "check_id", most=MOST_CHECKS)
    named = [each for each in begun if each.lower().startswith(value.lower())]
    found = Q(check_id__in=[value, *named])
    return found | Q(check_id__istartswith=value) if len(begun) == MOST_CHECKS else found


MOST_CHECKS: Final = 1_000
"""Ids looked through for a beginning; where tools have pushed more, every finding is."""


def units_of(request: object) -> QuerySet[BusinessUnit]:
    """The business units whose findings the person may see."""
    rows = BusinessUnit.objects.order_by("name")
    return visible(rows, getattr(request, "user", None), "finding.view")


class BySeverity(AnyOf):
    """Findings of the chosen severities, asked for by rank: the order in which the indexes have them."""

    def filter(self, queryset: QuerySet, value: list[str]) -> QuerySet:
        """A range of ranks, and the values themselves where the range has others between."""
        ranks = {SeverityChoice.values.index(each) for each in value}
        if not ranks:
            return queryset
        first, last = min(ranks), max(ranks)
        if first == last:
            return queryset.filter(severity_rank=first)
        between = queryset.filter(severity_rank__gte=first, severity_rank__lte=last)
        return between if len(ranks) == last - first + 1 else super().filter(between, value)


class FindingFilter(django_filters.FilterSet):
    """Findings by text, severity, state, clock, unit, service, tier, check, owner and decision."""

    q = search_filter("title", "check_id", "service__name", exact=by_label)  # titles name the slice
    severity = BySeverity(choices=SeverityChoice, label=_("Severity"))
    state = AnyOf(choices=FindingState, label=_("State"))
    clock = django_filters.ChoiceFilter(
        choices=CLOCK, label=_("Due"), empty_label=_("Any time"), method="filter_clock"
    )
    owner = TypedFilter(by_owner, label=_("Owner"), suggestions=OWNERS)
    service = service_filter()
    unit = django_filters.ModelMultipleChoiceFilter(
        queryset=units_of, field_name="service__unit__slug", to_field_name="slug", label=_("Unit"),
        distinct=False,
    )  # fmt: skip
    tier = AnyOf(choices=Tier, field_name="service__tier", label=_("Tier"))
    pillar = AnyOf(choices=PILLARS, label=_("Pillar"))
    check = TypedFilter(by_check, label=_("Check"))
    pending = AnyOf(choices=Pending, label=_("Waits for"))
    until = django_filters.ChoiceFilter(
        choices=UNTIL, label=_("Accepted until"), empty_label=_("Any time"), method="filter_until"
    )
    regressed = django_filters.ChoiceFilter(
        choices=[("yes", _("Came back")), ("no", _("Never came back"))],
        label=_("Regressed"), empty_label=_("Either"), method="filter_regressed",
    )  # fmt: skip
    opened = age_filter("opened_at", _("Opened"))
    age = django_filters.ChoiceFilter(
        choices=AGES, label=_("Open for"), empty_label=_("Any time"), method="filter_age"
    )
    show = django_filters.ChoiceFilter(choices=SHOW, label=_("Show"), method="filter_show")

    class Meta:
        model = Finding
        fields: list[str] = []

    def filter_clock(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """By where the clock stands."""
        if value == NOT_OVERDUE:
            return queryset.filter(running_query())
        return queryset.filter(sla_query("due_soon" if value == "week" else value))

    def filter_until(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Accepted findings whose acceptance ends within so many days."""
        last = timezone.now() + timedelta(days=int(value))
        return queryset.filter(state=FindingState.ACCEPTED, accepted_until__lte=last)

    def filter_age(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """By the time since it was opened, in the steps of the home page's chart."""
        return by_age(queryset, value)

    def filter_regressed(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Those that were resolved once and failed again, or the others."""
        return (
            queryset.filter(regressions__gt=0) if value == "yes" else queryset.filter(regressions=0)
        )

    def filter_show(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Those that ask for work, those that do not, all, or those with a claim to decide."""
        if value == CLAIMS:
            return findings_to_confirm(queryset, getattr(self.request, "user", None))
        active = Q(state__in=FindingState.active())
        return {
            "active": queryset.filter(active),
            "done": queryset.exclude(active),
        }.get(value, queryset)


class AcceptanceFilter(django_filters.FilterSet):
    """Acceptances by text, where they stand, treatment, reason, unit and service."""

    q = search_filter("title", "reason", "service__name")
    treatment = AnyOf(choices=Treatment, label=_("Treatment"))
    category = AnyOf(choices=AcceptanceReason, label=_("Reason"))
    severity = AnyOf(choices=SeverityChoice, label=_("Severity"))
    unit = django_filters.ModelMultipleChoiceFilter(
        queryset=units_of,
        field_name="finding__service__unit__slug",
        to_field_name="slug",
        label=_("Unit"),
        distinct=False,
    )
    service = service_filter("finding__service")
    ends = django_filters.DateFilter(label=_("Ends on"), method="filter_ends")
    mitigation = django_filters.ChoiceFilter(
        choices=[("overdue", _("Overdue"))], label=_("Repair"), empty_label=_("Any"),
        method="filter_mitigation",
    )  # fmt: skip
    show = django_filters.ChoiceFilter(
        choices=[tab for tab in TABS if tab[0]], label=_("Show"), method="filter_show"
    )

    class Meta:
        model = Acceptance
        fields: list[str] = []

    def filter_mitigation(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Active ones whose promised repair is overdue."""
        return queryset.filter(mitigation_overdue())

    def filter_ends(self, queryset: QuerySet, name: str, value: date) -> QuerySet:
        """Those that end on this day, UTC."""
        start = datetime.combine(value, time(), tzinfo=UTC)
        return queryset.filter(expires_at__gte=start, expires_at__lt=start + timedelta(days=1))

    def filter_show(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """One of the tabs."""
        if value == "mine":
            return acceptances_to_decide(queryset, getattr(self.request, "user", None))
        active = queryset.filter(status=AcceptanceStatus.ACTIVE, expires_at__gt=timezone.now())
        return {
            "proposed": queryset.filter(status=AcceptanceStatus.PROPOSED),
            "active": active,
            "expiring": active.filter(expires_at__lte=timezone.now() + EXPIRING),
            "ended": queryset.filter(ended_at__isnull=False)
            | queryset.filter(status=AcceptanceStatus.REJECTED),
        }[value]
