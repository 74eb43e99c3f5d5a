from django.db import migrations

from shield.common.search_index import EVENTS


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_seals")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: EVENTS.migrate(editor.connection),
            lambda apps, editor: EVENTS.drop(editor.connection),
        )
    ]
