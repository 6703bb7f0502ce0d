from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("strategies", "0020_prices_moved")]

    operations = [
        migrations.AddField(model_name="order", name="end_told_at", field=models.DateTimeField(null=True)),
    ]
