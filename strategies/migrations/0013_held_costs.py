from decimal import Decimal

from django.db import migrations

import database.exact


def reckon(apps, schema_editor):
    """What is held cost its share of all that was bought; fills that come later have it reckoned anew."""
    groups = apps.get_model("strategies", "Group").objects.exclude(quantity=Decimal(0))
    for group in groups.only("quantity", "cost", "fee_coin", "sold").iterator():
        had = group.quantity - group.fee_coin
        left = max(Decimal(0), 1 - group.sold / had) if group.sold and had else Decimal(1)
        group.held_quantity, group.at_work = group.quantity * left, group.cost * left
        group.save(update_fields=["held_quantity", "at_work"])


class Migration(migrations.Migration):
    dependencies = [("strategies", "0012_orders_by_purpose")]

    operations = [
        migrations.AddField(
            model_name="group",
            name="at_work",
            field=database.exact.ExactField(default=Decimal(0)),
        ),
        migrations.AddField(
            model_name="group",
            name="held_quantity",
            field=database.exact.ExactField(default=Decimal(0)),
        ),
        migrations.RunPython(reckon, migrations.RunPython.noop),
    ]
