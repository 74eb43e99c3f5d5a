"""Columns of the lists of runs and of submissions."""

from __future__ import annotations

import django_tables2 as tables
from django.utils.translation import gettext_lazy as _

from assessments.models import Submission
from shield.common.columns import template_column
from shield.records.models import Run


class RunTable(tables.Table):
    """One row a run: of what, how it went, how much was measured."""

    id = template_column(
        "{% include 'assessments/cells/run.html' %}", label=_("Run"), orderable=False
    )
    service = template_column(
        "{% include 'assessments/cells/service.html' %}",
        label=_("Service"),
        order_by=("service__name", "version__label"),
    )
    state = template_column("{% badge 'run_state' record.state %}", label=_("State"))
    outcome = template_column(
        "{% if record.state == 'finished' %}{% badge 'run_outcome' record.outcome %}"
        "{% else %}–{% endif %}",
        label=_("Outcome"),
    )
    coverage = template_column(
        "{% coverage_bar record.coverage %}",
        label=_("Coverage"),
        orderable=False,
    )
    queued_at = template_column("{% when record.queued_at %}", label=_("Queued"))
    duration = template_column(
        "{{ record.reproducibility.duration_s|duration }}",
        label=_("Took"),
        orderable=False,
        css="num",
    )

    class Meta:
        model = Run
        fields = ()
        empty_text = ""


class SubmissionTable(tables.Table):
    """One row a submission: of what, by whom, how far it came, and the verdict."""

    id = template_column(
        "{% include 'assessments/cells/submission.html' %}", label=_("Submission"), orderable=False
    )
    service = template_column(
        "{% include 'assessments/cells/submission_service.html' %}",
        label=_("Service"),
        order_by=("service_slug", "version_label"),
    )
    state = template_column(
        "{% include 'assessments/cells/submission_state.html' %}",
        label=_("State"),
        orderable=False,
    )
    verdict = template_column(
        "{% if record.verdict and record.state_now == 'finished' %}"
        "{% badge 'run_outcome' record.verdict %}{% else %}–{% endif %}",
        label=_("Gate"),
        orderable=False,
    )
    run = template_column(
        "{% if record.run %}<a class='mono' href='{{ record.run.get_absolute_url }}'>"
        "{{ record.run_id|run_label }}</a>{% else %}–{% endif %}",
        label=_("Run"),
        orderable=False,
    )
    created_at = template_column("{% when record.created_at %}", label=_("Handed in"))

    class Meta:
        model = Submission
        fields = ()
        empty_text = ""
