from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0009_vault_keys")]

    operations = [
        migrations.AddField(
            model_name="exchangepause",
            name="faults",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="exchangepause",
            name="faulted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="exchangepause",
            name="is_away",
            field=models.BooleanField(default=False),
        ),
    ]
