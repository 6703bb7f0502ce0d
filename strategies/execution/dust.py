"""Dust: what closed groups of a pair left in the account, for the pair's next group on that connection.

It is nowhere counted up: what a closed group holds and has not passed on is dust. So a fill that shows up late, or a
group that is opened again, can count nothing twice.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import ExpressionWrapper, F, FloatField, QuerySet

from database.prepared import PreparedModels, number, text
from strategies.choices import GroupMode
from strategies.models import Group, journal
from strategies.models.funds import Funds

ZERO = Decimal(0)
# So many groups of a pair are asked at once, the last first: what older ones left was taken or forgotten long ago.
LATELY = 100
# What an exchange tells of balances lags behind its trades: coins are gone only if they were not there so long after.
SURE_AFTER = timedelta(seconds=60)
# What a group holds, as the database reckons it: near enough to leave those out that hold nothing.
HELD = ExpressionWrapper(
    F("quantity") + F("carried") - F("fee_coin") - F("sold") - F("passed_on"), output_field=FloatField()
)


def take(group: Group, *, now: datetime) -> None:
    """Let a locked group that has just bought first have its pair's dust, at no cost, if the account still has it.

    Dust of a group that is being corrected at this moment waits for the next one. Where the account was not read since
    its groups closed, or since others of the coin traded, it waits, too; where the coins are gone for sure, it is
    forgotten.
    """
    rows = [row for row in _KEPT.run(connection=group.connection_id, pair=group.pair, side=group.side) if row.held > 0]
    if not rows:
        return
    base = group.pair.partition("/")[0]
    funds = Funds.objects.get(connection=group.connection_id)
    if funds.read_at is None or not funds.tells(base):
        return
    dust = sum((row.held for row in rows), ZERO)
    here = Group.objects.open().filter(connection=group.connection_id, pair__startswith=f"{base}/")
    others = list(here.exclude(pk=group.pk))
    if group.first_fill_at and group.first_fill_at < funds.read_at:
        # Its own buy came late to us: the account was read since.
        others.append(group)
    is_there = funds.total(base) >= sum((other.held for other in others), dust)
    known_until = funds.read_at if is_there else funds.read_at - SURE_AFTER
    moments = (*(other.last_fill_at for other in others), *(row.closed_at for row in rows))
    if any(at and at >= known_until for at in moments):
        # What the account was read to have may not know of that yet.
        return
    for row in rows:
        Group.objects.filter(pk=row.pk).update(passed_on=row.passed_on + row.held)
    if is_there:
        group.carried = dust
        group.save(update_fields=["carried"])
    reason = "dust.carried" if is_there else "dust.gone"
    journal.write(group.bot, group=group, action="dust", reason=reason, numbers={"carried": dust}, now=now)


def _kept() -> QuerySet[Group]:
    alike = Group.objects.filter(connection=number("connection"), pair=text("pair"), side=text("side"))
    # Most closed groups have passed on what they left, or sold just what they bought, and got nothing since.
    kept = alike.alias(about=HELD).filter(about__gt=0, mode=GroupMode.CLOSED)
    kept = kept.filter(closed_at__lt=F("connection__funds__read_at"))
    # A worker that holds a closed group may want this one next: waiting for it could be for ever.
    return kept.order_by("-pk").select_for_update(of=("self",), no_key=True, skip_locked=True)[:LATELY]


_KEPT = PreparedModels(_kept)
