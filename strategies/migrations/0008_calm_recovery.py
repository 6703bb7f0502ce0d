from django.db import migrations, models
from django.db.models import F


def begin(apps, schema_editor):
    """Groups that are in Recovery Mode began then."""
    groups = apps.get_model("strategies", "Group").objects.filter(recovery_since__isnull=False)
    groups.update(recovery_began_at=F("recovery_since"))


class Migration(migrations.Migration):
    dependencies = [("strategies", "0007_wake_bands")]

    operations = [
        migrations.AddField(
            model_name="group",
            name="recovery_began_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="group",
            name="recovery_left_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
