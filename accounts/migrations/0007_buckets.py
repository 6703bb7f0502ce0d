from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_append_only")]

    operations = [
        migrations.CreateModel(
            name="Bucket",
            fields=[
                ("key", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("empty_at", models.BigIntegerField(db_index=True)),
                ("told_at", models.BigIntegerField(default=0)),
            ],
        ),
    ]
