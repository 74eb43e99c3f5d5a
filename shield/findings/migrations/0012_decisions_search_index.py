from django.db import migrations

from shield.common.search_index import ACCEPTANCES


class Migration(migrations.Migration):
    dependencies = [("findings", "0011_words_of_decisions")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: ACCEPTANCES.migrate(editor.connection),
            lambda apps, editor: ACCEPTANCES.drop(editor.connection),
        )
    ]
