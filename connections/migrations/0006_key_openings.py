import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("connections", "0005_pauses_for_trading")]

    operations = [
        migrations.CreateModel(
            name="KeyOpening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=40)),
                ("hour", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=1)),
                ("is_told", models.BooleanField(default=False)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="connections.connection"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("connection", "purpose", "hour"), name="opening_once_an_hour")
                ],
                "indexes": [models.Index(fields=["is_told", "hour"], name="opening_to_tell")],
            },
        ),
    ]
