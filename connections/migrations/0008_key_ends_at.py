from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("connections", "0007_one_connection_an_account")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="key_ends_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
