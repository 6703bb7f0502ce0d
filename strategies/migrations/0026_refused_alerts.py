import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("strategies", "0025_lost_claims")]

    operations = [
        migrations.CreateModel(
            name="RefusedAlert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("status", models.PositiveSmallIntegerField()),
                ("answer", models.CharField(max_length=400)),
                ("body", models.CharField(max_length=1000)),
                (
                    "bot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="refused_alerts", to="strategies.bot"
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["bot", "-id"], name="refused_alert_by_bot")]},
        ),
    ]
