from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0002_audit")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="frozen_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="frozen_because",
            field=models.CharField(blank=True, editable=False, max_length=20),
        ),
    ]
