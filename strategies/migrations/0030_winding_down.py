from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("strategies", "0029_fill_kept_results")]

    operations = [
        migrations.AddField("bot", "winding_down_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "bot",
            models.Index(
                fields=["winding_down_at"], condition=models.Q(winding_down_at__isnull=False), name="bot_winding_down"
            ),
        ),
        migrations.AddConstraint(
            "bot",
            models.CheckConstraint(
                condition=models.Q(winding_down_at=None) | ~models.Q(state="off"), name="bot_off_is_wound_down"
            ),
        ),
    ]
