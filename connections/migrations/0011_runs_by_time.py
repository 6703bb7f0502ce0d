from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0010_exchanges_away")]

    operations = [
        migrations.AddIndex("checkrun", models.Index(fields=["queued_at"], name="run_by_time")),
    ]
