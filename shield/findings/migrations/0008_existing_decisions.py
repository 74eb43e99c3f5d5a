"""Since when a decision covers a finding, for the rows that are there, and how their clocks ended.

Renewals once moved the date of the first decision; the timeline still has it. What a run proved before
counts by the date that severity and tier asked for, or by a decision made until then.
"""

from django.db import migrations
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

COVERED = ["accepted", "false_positive", "retired"]


def fill(apps, editor):
    clocks = apps.get_model("findings", "Clock").objects
    findings = apps.get_model("findings", "Finding").objects
    entries = apps.get_model("findings", "TimelineEntry").objects
    began = (
        entries.filter(finding=OuterRef("finding"), to_state__in=COVERED)
        .exclude(from_state__in=COVERED)
        .filter(at__gte=OuterRef("started_at"), at__lte=Coalesce(OuterRef("stopped_at"), Now()))
        .order_by("-id")
        .values("at")[:1]
    )
    clocks.filter(decided_at__isnull=False).update(
        decided_at=Coalesce(Subquery(began), F("decided_at"))
    )
    in_time = Q(stopped_at__lte=F("sla_due_at")) | Q(
        decided_at__isnull=False, decided_at__lte=F("sla_due_at")
    )
    clocks.filter(in_time, result="missed").update(result="met")
    clocks.filter(~in_time, result="met").update(result="missed")
    last = clocks.filter(finding=OuterRef("pk")).order_by("-id").values("decided_at")[:1]
    decided = clocks.filter(decided_at__isnull=False).values("finding")
    findings.filter(pk__in=decided).update(decided_at=Subquery(last))


class Migration(migrations.Migration):

    dependencies = [("findings", "0007_decided_in_time")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
