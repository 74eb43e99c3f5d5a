"""A service without a business unit cannot be."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_service_unit")]

    operations = [
        migrations.AlterField(
            model_name="service",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="services",
                to="accounts.businessunit",
            ),
        ),
    ]
