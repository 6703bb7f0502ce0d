import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import database.exact
import database.ids
from connections.choices import Venue, exchanges
from strategies.choices import LookBackState


class Migration(migrations.Migration):
    dependencies = [("strategies", "0038_to_add")]

    operations = [
        migrations.CreateModel(
            name="CandleMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("exchange", models.CharField(choices=exchanges, max_length=20)),
                ("venue", models.CharField(choices=Venue.choices, max_length=10)),
                ("pair", models.CharField(max_length=31)),
                ("month", models.DateField()),
                ("step", database.exact.ExactField()),
                ("count", models.PositiveIntegerField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("data", models.BinaryField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("exchange", "venue", "pair", "month"), name="candle_month_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="LookBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=database.ids.public_id, editable=False, unique=True)),
                ("months", models.PositiveSmallIntegerField()),
                ("until", models.DateTimeField()),
                (
                    "state",
                    models.CharField(choices=LookBackState.choices, default=LookBackState.WAITING, max_length=10),
                ),
                ("share", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=40)),
                ("answer_json", models.JSONField(null=True)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(null=True)),
                ("look_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("claim_until", models.DateTimeField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "bot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="look_backs", to="strategies.bot"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["bot", "asked_at"], name="look_back_by_bot")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("waiting", "fetching", "running"))),
                        fields=("bot",),
                        name="look_back_one_under_way",
                    ),
                ],
            },
        ),
    ]
