from django.db import migrations

from shield.audit.triggers import install


class Migration(migrations.Migration):
    """Triggers are installed after every `migrate`; this one makes the new ones a reason to migrate."""

    dependencies = [("audit", "0005_ids")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: install(editor.connection), migrations.RunPython.noop
        )
    ]
