from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_old_sessions")]
    operations = [
        migrations.AlterField("undolink", "expires_at", models.DateTimeField(db_index=True, null=True)),
    ]
