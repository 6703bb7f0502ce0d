from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F


def begin(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A price that never changes again must be doubted too: it counts as changed when it was last asked for."""
    apps.get_model("strategies", "Instrument").objects.filter(moved_at=None).update(moved_at=F("priced_at"))


class Migration(migrations.Migration):
    dependencies = [("strategies", "0019_carried_dust")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
