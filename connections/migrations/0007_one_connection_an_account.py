"""One live connection for each account of an exchange; of those that there are, the oldest keeps it."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def keep_the_oldest(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Forget the account of later connections: their next check finds it taken, and says by which."""
    connections = apps.get_model("connections", "Connection")
    seen = set()
    live = connections.objects.filter(venue="live", deleted_at=None).exclude(account_uid="").order_by("pk")
    for pk, *account in live.values_list("pk", "exchange", "market", "account_uid"):
        if tuple(account) in seen:
            connections.objects.filter(pk=pk).update(account_uid="")
        seen.add(tuple(account))


class Migration(migrations.Migration):
    dependencies = [("connections", "0006_key_openings")]

    operations = [
        migrations.AddField("connection", "claimed_at", models.DateTimeField(null=True)),
        migrations.RunPython(keep_the_oldest, migrations.RunPython.noop),
        migrations.AddConstraint(
            "connection",
            models.UniqueConstraint(
                fields=["exchange", "market", "account_uid"],
                condition=models.Q(venue="live", deleted_at=None) & ~models.Q(account_uid=""),
                name="connection_account_once",
            ),
        ),
    ]
