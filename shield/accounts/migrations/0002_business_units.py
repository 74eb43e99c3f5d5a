"""Business units and grants; what was the one role of a user becomes a grant everywhere."""

from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

ROLES = [
    ("viewer", "Viewer"),
    ("engineer", "Engineer"),
    ("risk_officer", "Risk officer"),
    ("approver", "Approver"),
    ("privacy_officer", "Privacy officer"),
    ("administrator", "Administrator"),
]
LIMITS = [
    ("low", "Up to low"),
    ("moderate", "Up to moderate"),
    ("high", "Up to high"),
    ("critical", "Up to critical"),
]


def roles_to_grants(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    unit = apps.get_model("accounts", "BusinessUnit")
    user = apps.get_model("accounts", "User")
    grant = apps.get_model("accounts", "Grant")
    unit.objects.get_or_create(slug="general", defaults={"name": "General"})
    grant.objects.bulk_create(
        grant(user_id=pk, role=role) for pk, role in user.objects.values_list("pk", "role")
    )


def grants_to_roles(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for grant in apps.get_model("accounts", "Grant").objects.filter(unit=None):
        apps.get_model("accounts", "User").objects.filter(pk=grant.user_id).update(role=grant.role)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="BusinessUnit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False,
                                           verbose_name="ID")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["name"]},
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False,
                                           verbose_name="ID")),
                ("role", models.CharField(choices=ROLES, max_length=20)),
                ("tier_limit", models.CharField(blank=True, choices=LIMITS, default="",
                                                max_length=10)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("unit", models.ForeignKey(
                    blank=True, null=True, on_delete=django.db.models.deletion.PROTECT,
                    related_name="grants", to="accounts.businessunit")),
                ("user", models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="grants",
                    to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "role", "unit"),
                                            name="grant_once_per_unit"),
                    models.UniqueConstraint(condition=models.Q(("unit", None)),
                                            fields=("user", "role"),
                                            name="grant_once_everywhere"),
                ],
            },
        ),
        migrations.RunPython(roles_to_grants, grants_to_roles, elidable=False),
    ]
