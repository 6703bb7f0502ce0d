from django.db import migrations, models


class Migration(migrations.Migration):
    """Each look asks which groups of its owners are in Recovery Mode: without reading all that are open."""

    dependencies = [("strategies", "0043_find_rows_by_an_index")]
    operations = [
        migrations.AddIndex(
            model_name="group",
            index=models.Index(
                condition=models.Q(("mode", "recovery")), fields=["connection"], name="group_in_recovery"
            ),
        ),
    ]
