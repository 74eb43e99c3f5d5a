"""What lists of coverage and of statements can be narrowed by."""

from __future__ import annotations

from datetime import timedelta

import django_filters
from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shield.common.filters import AnyOf, search_filter
from shield.frameworks.catalogue import Framework, frameworks
from shield.frameworks.choices import MEASURED_NAMES, STATE_CHOICES, STATED_NAMES
from shield.frameworks.models import CoverageRow, Statement
from shield.frameworks.selectors import in_force
from shield.registry.choices import Tier

LETTERS = {f"measured:{name}": state.value for state, name in MEASURED_NAMES.items()} | {
    f"stated:{name}": state.value for state, name in STATED_NAMES.items()
}


class CoverageFilter(django_filters.FilterSet):
    """Services by text, tier, and how they stand at one requirement."""

    q = search_filter("service__name", "service__slug", "service__owner")
    tier = AnyOf(choices=Tier, field_name="service__tier", label=_("Tier"))
    requirement = django_filters.ChoiceFilter(
        choices=[], label=_("Requirement"), empty_label=_("Any"), method="filter_requirement"
    )
    state = django_filters.ChoiceFilter(
        choices=STATE_CHOICES, label=_("State"), empty_label=_("Any"), method="filter_state"
    )

    class Meta:
        model = CoverageRow
        fields: list[str] = []

    def __init__(self, *args: object, framework: Framework, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.framework = framework
        self.filters["requirement"].extra["choices"] = [
            (item.slug, f"{item.id} {item.title}") for item in framework.requirements
        ]

    def filter_requirement(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Without a state it narrows nothing: every service has every requirement."""
        return queryset

    def filter_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Services that stand so at the chosen requirement, or at any."""
        kind = value.partition(":")[0]
        wanted = self.framework.by_slug.get(self.form.cleaned_data.get("requirement") or "")
        if wanted is None:
            return queryset.filter(**{f"{kind}__contains": LETTERS[value]})
        place = self.framework.requirements.index(wanted) + 1
        letter = Substr(kind, place, 1)
        return queryset.annotate(letter=letter).filter(letter=LETTERS[value])


STATES = [
    ("current", _("Current")),
    ("expiring", _("Expires within 30 days")),
    ("expired", _("Expired")),
    ("replaced", _("Replaced")),
    ("withdrawn", _("Withdrawn")),
]


class StatementFilter(django_filters.FilterSet):
    """Statements by text, framework, and whether they hold."""

    q = search_filter("text", "requirement", "signer_name", "service__name", "service__slug")
    framework = AnyOf(
        choices=[(name, item.title) for name, item in frameworks().items()], label=_("Framework")
    )
    state = django_filters.ChoiceFilter(
        choices=STATES, label=_("State"), empty_label=_("Any"), method="filter_state"
    )

    class Meta:
        model = Statement
        fields: list[str] = []

    def filter_state(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """As a statement's badge says it."""
        now = timezone.now()
        alive = Q(withdrawn_at=None, replaced_at=None)
        wanted = {
            "current": in_force(now),
            "expiring": in_force(now) & Q(expires_at__lte=now + timedelta(days=30)),
            "expired": alive & Q(expires_at__lte=now),
            "replaced": Q(replaced_at__isnull=False, withdrawn_at=None),
            "withdrawn": Q(withdrawn_at__isnull=False),
        }
        return queryset.filter(wanted[value])
