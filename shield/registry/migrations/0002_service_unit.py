"""Every service belongs to a business unit; those that were there belong to the default one."""

from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def into_the_default_unit(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    unit = apps.get_model("accounts", "BusinessUnit").objects.get(slug="general")
    apps.get_model("registry", "Service").objects.filter(unit=None).update(unit=unit)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles_are_grants"), ("registry", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="service",
            name="unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="services",
                to="accounts.businessunit",
            ),
        ),
        migrations.RunPython(into_the_default_unit, migrations.RunPython.noop),
    ]
