"""What a user may do is in the grants; the one role of before goes."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_business_units")]

    operations = [migrations.RemoveField(model_name="user", name="role")]
