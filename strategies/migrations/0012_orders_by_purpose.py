from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("strategies", "0011_missing_reserves")]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["connection", "purpose", "created_at"], name="order_by_purpose"),
        ),
    ]
