from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("strategies", "0023_restored")]

    operations = [
        migrations.AddIndex("journalline", models.Index(fields=["at"], name="journal_by_time")),
    ]
