from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("connections", "0008_key_ends_at")]

    operations = [
        migrations.CreateModel(
            name="VaultKey",
            fields=[
                ("key_id", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("held_at", models.DateTimeField(null=True)),
                ("missed_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
