from django.db import migrations

from shield.common.search_index import FINDINGS


class Migration(migrations.Migration):
    dependencies = [("findings", "0004_lists_of_a_million")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: FINDINGS.migrate(editor.connection),
            lambda apps, editor: FINDINGS.drop(editor.connection),
        )
    ]
