"""End all sessions of before: their cookies' values stand in the old table as they are."""

from django.db import migrations


def end(apps, schema_editor):
    apps.get_model("sessions", "Session").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_sessions"), ("sessions", "0001_initial")]
    operations = [migrations.RunPython(end, migrations.RunPython.noop)]
