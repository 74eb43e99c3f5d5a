"""Titles and services of the decisions that are there."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, editor):
    findings = apps.get_model("findings", "Finding").objects.filter(pk=OuterRef("finding"))
    for name in ("Acceptance", "FalsePositive"):
        apps.get_model("findings", name).objects.filter(service=None).update(
            title=Subquery(findings.values("title")[:1]),
            service=Subquery(findings.values("service")[:1]),
        )


class Migration(migrations.Migration):
    dependencies = [("findings", "0010_decisions_by_words")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
