from collections import defaultdict
from datetime import UTC, date
from decimal import Decimal
from itertools import groupby

from django.db import migrations

ZERO = Decimal(0)
OVER = ("closed", "released")
AT_ONCE = 500
FIELDS = ("fees", "counted_on", "counted_result", "counted_fees")


def paid(fill, base, quote):
    """What a fill's fees were in quote money; what its third coins were worth is in `fee_value`."""
    rows = fill.more_fees_json if isinstance(fill.more_fees_json, list) else []
    found = [(fill.fee_asset, fill.fee)] + [(row[0], Decimal(row[1])) for row in rows if len(row) == 2]
    in_coin = sum((amount for asset, amount in found if asset.upper() == base), ZERO)
    in_quote = sum((amount for asset, amount in found if asset.upper() == quote), ZERO)
    return in_coin * fill.price + in_quote + (fill.fee_value or ZERO)


def fill_in(apps, schema_editor):
    """Sum up what is over by days of UTC, which is where everybody's days begin until they say otherwise."""
    Group, Fill, Kept = (apps.get_model("strategies", name) for name in ("Group", "Fill", "KeptResult"))
    fees = {}
    rows = Fill.objects.select_related("order").order_by("order__group_id", "pk")
    for group_id, found in groupby(rows.iterator(AT_ONCE), key=lambda fill: fill.order.group_id):
        fees[group_id] = sum((paid(fill, *fill.pair.split("/")[:2]) for fill in found), ZERO)
    sums = defaultdict(lambda: [ZERO, ZERO, 0, 0])
    changed = []

    def write():
        Group.objects.bulk_update(changed, FIELDS)
        changed.clear()

    for group in Group.objects.order_by("pk").iterator(AT_ONCE):
        group.fees = fees.get(group.pk, ZERO)
        if group.mode in OVER and group.quantity and group.closed_at:
            group.counted_on = group.closed_at.astimezone(UTC).date()
            group.counted_result, group.counted_fees = group.result, group.fees
            for day in (date.min, group.counted_on):
                row = sums[group.bot_id, group.connection_id, group.pair, day]
                row[0] += group.result or ZERO
                row[1] += group.fees
                row[2] += group.result is not None
                row[3] += group.result is not None and group.result > 0
        changed.append(group)
        if len(changed) >= AT_ONCE:
            write()
    write()
    made = [
        Kept(
            bot_id=bot, connection_id=connection, pair=pair, day=day,
            result=result, fees=fee, closed=closed, won=won,
        )
        for (bot, connection, pair, day), (result, fee, closed, won) in sums.items()
    ]
    Kept.objects.bulk_create(made, batch_size=AT_ONCE)


def forget(apps, schema_editor):
    apps.get_model("strategies", "KeptResult").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("strategies", "0028_kept_results")]

    operations = [migrations.RunPython(fill_in, forget)]
