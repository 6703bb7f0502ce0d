import connections.choices
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("strategies", "0032_equity_points")]

    operations = [
        migrations.CreateModel(
            name="PairList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("exchange", models.CharField(choices=connections.choices.exchanges, max_length=20)),
                ("venue", models.CharField(choices=[("live", "Live"), ("practice", "Practice")], max_length=10)),
                ("rows_json", models.JSONField(default=list)),
                ("read_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["exchange", "venue"], name="pair_list_once")],
            },
        ),
    ]
