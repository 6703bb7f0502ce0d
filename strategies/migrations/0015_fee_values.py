from decimal import Decimal

from django.db import migrations, models

import database.exact


def doubt(apps, schema_editor):
    """What earlier fees in a third coin were worth nobody wrote down."""
    fills = apps.get_model("strategies", "Fill").objects.exclude(fee=Decimal(0))
    groups = set()
    for fill in fills.select_related("order").iterator():
        if fill.fee_asset not in fill.pair.split("/"):
            fills.filter(pk=fill.pk).update(fee_value=None)
            groups.add(fill.order.group_id)
    for group in groups:
        apps.get_model("strategies", "Group").objects.filter(pk=group).update(has_unvalued_fees=True)


class Migration(migrations.Migration):
    dependencies = [("strategies", "0014_own_ladder")]

    operations = [
        migrations.AddField(
            model_name="fill",
            name="fee_value",
            field=database.exact.ExactField(default=Decimal(0), null=True),
        ),
        migrations.AddField(
            model_name="group",
            name="fee_other",
            field=database.exact.ExactField(default=Decimal(0)),
        ),
        migrations.AddField(
            model_name="group",
            name="fee_rate",
            field=database.exact.ExactField(null=True),
        ),
        migrations.AddField(
            model_name="group",
            name="has_unvalued_fees",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(doubt, migrations.RunPython.noop),
    ]
