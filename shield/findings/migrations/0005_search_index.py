from django.db import migrations

from shield.findings.search_index import search_index_create, search_index_drop


def create(apps, schema_editor):
    refused = search_index_create(schema_editor.connection)
    if refused:
        print(
            f"\n  Searching findings stays slow on large databases: {refused}\n"
            "  Let the database's owner run CREATE EXTENSION pg_trgm, then: manage.py search_index"
        )


def drop(apps, schema_editor):
    search_index_drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("findings", "0004_lists_of_a_million")]
    operations = [migrations.RunPython(create, drop)]
