"""Columns of the list of people."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from shield.accounts.models import User
from shield.common.columns import template_column


class PeopleTable(tables.Table):
    """One row a person: who it is, what they may do where, and whether they still can."""

    username = template_column("{% include 'accounts/cells/person.html' %}", label=_("Person"))
    shown_grants = template_column(
        "{% include 'accounts/cells/roles.html' %}", label=_("Roles"), orderable=False
    )
    factor = template_column("{% include 'accounts/cells/factor.html' %}", label=_("Second factor"))
    last_login = template_column(
        "{% if record.last_login %}{% when record.last_login %}{% else %}"
        "<span class='text-secondary'>—</span>{% endif %}",
        label=_("Last sign-in"),
    )

    class Meta:
        model = User
        fields = ()
        order_by = "username"
        empty_text = ""
