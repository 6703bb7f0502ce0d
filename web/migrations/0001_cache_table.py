"""Create the table of django.core.cache.backends.db, so that `migrate` alone makes a working installation."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        # Only in the database: no model of ours stands for it (`createcachetable` makes the same columns).
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="CacheRow",
                    fields=[
                        ("cache_key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                        ("value", models.TextField()),
                        ("expires", models.DateTimeField(db_index=True)),
                    ],
                    options={"db_table": "web_cache"},
                ),
            ],
        ),
    ]
