"""What lists of incidents can be narrowed by over the API."""

from __future__ import annotations

from django_filters import rest_framework as filters

from shield.common.api_filters import MomentFilter
from shield.incidents.models import Incident


class IncidentApiFilter(filters.FilterSet):
    """By service, state, severity, harm, notification and time."""

    service = filters.CharFilter(field_name="service__slug")
    finding = filters.NumberFilter(field_name="findings", min_value=1, max_value=2**63 - 1)
    noticed_after = MomentFilter(field_name="noticed_at", lookup_expr="gte")
    noticed_before = MomentFilter(field_name="noticed_at", lookup_expr="lte")

    class Meta:
        model = Incident
        fields = ("service", "state", "severity", "harm", "notification", "environment", "finding")
