from django.db import migrations, models

import database.exact
from connections.choices import Venue, exchanges


class Migration(migrations.Migration):
    dependencies = [("strategies", "0033_pair_lists")]

    operations = [
        migrations.CreateModel(
            name="DayPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("exchange", models.CharField(choices=exchanges, max_length=20)),
                ("venue", models.CharField(choices=Venue.choices, max_length=10)),
                ("pair", models.CharField(max_length=31)),
                ("day", models.DateField()),
                ("price", database.exact.ExactField()),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="day_price_by_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("exchange", "venue", "pair", "day"), name="day_price_once"),
                ],
            },
        ),
    ]
