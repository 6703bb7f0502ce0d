from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("strategies", "0022_orders_by_end")]

    operations = [
        migrations.AddField("funds", "restored_from", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("stopswitch", "is_restored", models.BooleanField(default=False, editable=False)),
    ]
