"""A finding against a key takes its proof back: of connections that are not Online, nobody wrote down why."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def take_back(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("connections", "Connection").objects.exclude(status="online").update(passed_revision=None)


class Migration(migrations.Migration):
    dependencies = [("connections", "0003_unknown_answers")]

    operations = [migrations.RunPython(take_back, migrations.RunPython.noop)]
