"""Findings that were there before the life-cycle get what it needs: overrides, regressions, clocks."""

from django.db import migrations
from django.db.models import Count, F, Q

BATCH = 1000
ENDED = ("resolved", "closed")


def fill(apps, schema_editor):
    finding_model = apps.get_model("findings", "Finding")
    clock_model = apps.get_model("findings", "Clock")
    findings = finding_model.objects
    findings.exclude(severity=F("policy_severity")).update(severity_overridden=True)
    again = findings.annotate(times=Count("timeline", filter=Q(timeline__act="regressed")))
    for finding in again.filter(times__gt=0).iterator(chunk_size=BATCH):
        findings.filter(pk=finding.pk).update(regressions=finding.times)
    rows = []
    for finding in findings.filter(clocks=None).order_by("pk").iterator(chunk_size=BATCH):
        stopped = finding.resolved_at if finding.state in ENDED else None
        decided = finding.updated_at if finding.state in ("accepted", "false_positive") else None
        rows.append(
            clock_model(
                finding_id=finding.pk,
                severity=finding.severity,
                started_at=finding.opened_at,
                sla_due_at=finding.due_at,
                due_at=finding.due_at,
                decided_at=decided,
                stopped_at=stopped,
                result="" if stopped is None else "missed" if stopped > finding.due_at else "met",
            )
        )
        if len(rows) == BATCH:
            clock_model.objects.bulk_create(rows)
            rows = []
    clock_model.objects.bulk_create(rows)


class Migration(migrations.Migration):

    dependencies = [("findings", "0002_life_cycle")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
