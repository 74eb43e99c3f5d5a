"""Both consumers begin with what happens from now on: years of history are not told as news."""

from django.db import migrations
from django.db.models import Max


def begin(apps, schema_editor):
    events = apps.get_model("audit", "Event").objects
    newest = events.aggregate(newest=Max("id"))["newest"] or 0
    cursors = apps.get_model("notify", "Cursor").objects
    for consumer in ("people", "webhooks"):
        cursors.get_or_create(consumer=consumer, defaults={"floor": newest})


class Migration(migrations.Migration):

    dependencies = [
        ("notify", "0001_messages"),
        ("audit", "0002_event_unit"),
    ]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
