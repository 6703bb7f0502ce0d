from django.db import migrations, models

HALTED_BY = [
    ("trouble", "An exchange that could not be asked"),
    ("check", "What a test found"),
    ("books", "Coins that are missing"),
    ("fault", "A fault of ours"),
    ("trader", "Its trader"),
]


class Migration(migrations.Migration):
    dependencies = [("strategies", "0024_journal_by_time")]

    operations = [
        migrations.AddField("bot", "lost_claims", models.PositiveSmallIntegerField(default=0, editable=False)),
        migrations.AlterField("bot", "halted_by", models.CharField(blank=True, choices=HALTED_BY, max_length=10)),
        migrations.AddIndex(
            "bot",
            models.Index(
                condition=models.Q(("lost_claims__gt", 0)), fields=["claimed_until"], name="bot_claims_lost"
            ),
        ),
    ]
