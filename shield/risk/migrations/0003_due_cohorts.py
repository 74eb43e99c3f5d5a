"""Whether promises are kept is counted by what was due, not by what was resolved."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("risk", "0002_day_figures")]

    operations = [
        migrations.RemoveField(model_name="dayfigures", name="resolved_in_time"),
        migrations.AddField(
            model_name="dayfigures", name="due", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AddField(
            model_name="dayfigures", name="due_kept", field=models.PositiveIntegerField(default=0)
        ),
    ]
