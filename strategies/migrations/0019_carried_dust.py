from decimal import Decimal

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F

import database.exact


def leave(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What groups left until now stays with the trader, as it was told."""
    groups = apps.get_model("strategies", "Group").objects
    for group in groups.filter(mode="closed").exclude(quantity=F("sold")).iterator():
        group.passed_on = group.quantity - group.fee_coin - group.sold
        group.save(update_fields=["passed_on"])


class Migration(migrations.Migration):
    dependencies = [("strategies", "0018_standing_prices")]

    operations = [
        migrations.AddField("group", "carried", database.exact.ExactField(default=Decimal(0))),
        migrations.AddField("group", "passed_on", database.exact.ExactField(default=Decimal(0))),
        migrations.RunPython(leave, migrations.RunPython.noop),
    ]
