from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("strategies", "0015_fee_values")]

    operations = [
        migrations.AddField(
            model_name="bot",
            name="stop_timeout_seconds",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="group",
            name="stop_since",
            field=models.DateTimeField(null=True),
        ),
    ]
