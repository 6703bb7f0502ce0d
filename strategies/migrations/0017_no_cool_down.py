from django.db import migrations, models


class Migration(migrations.Migration):
    """New bots only: what a trader chose for the others stays."""

    dependencies = [("strategies", "0016_stop_timeout")]

    operations = [
        migrations.AlterField(
            model_name="bot",
            name="cool_down_minutes",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
