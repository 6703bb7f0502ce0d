from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_messages")]

    operations = [
        migrations.AlterModelOptions(
            name="delivery", options={"ordering": ("-pk",), "verbose_name_plural": "deliveries"}
        ),
    ]
