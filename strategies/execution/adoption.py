"""After a restore from a backup: find the orders that were placed since, and give each to the bot whose it is.

The database knows nothing of them; the exchange lists them with the ids that we gave, which begin with the tag of their
bot. They are taken in the order in which they were placed, each looked up to its end before the next, so that a group
that was closed since is closed here, and one that was opened since is open. Until that is done the books of the
connection do not count as compared, and nothing is sent.
"""

from collections import Counter
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from accounts import audit
from exchanges.values import OrderSide
from strategies import inputs
from strategies.choices import OrderState, Purpose
from strategies.execution import lookup, strays
from strategies.models import Bot, Group, Order, journal
from strategies.models.funds import Funds
from strategies.models.groups import ladder_json
from strategies.models.orders import TAG, tag_of
from workers import alarms

log = structlog.get_logger(__name__)
# The exchange's clock is another one, and what was being written down when the backup was made is not in it.
LOOK_BACK = timedelta(minutes=2)
AGAIN = timedelta(seconds=3)
# The worker that adopts has the books to itself; a dead one's are taken over after this.
CLAIM = timedelta(seconds=20)


def adopt(funds: Funds, since: datetime) -> bool:
    """Count what was placed since the backup into the books; False when it is not done yet.

    Raises ExchangeError or KeyClosedError where the exchange cannot be asked, or not to the end.
    """
    connection = funds.connection
    if Order.objects.live().filter(connection=connection).exists():
        # Those that were under way in the backup's time are looked up first: one of them may be among the strays.
        return False
    all_bots = list(Bot.objects.on(connection.pk).select_related("connection"))
    tags = Counter(tag_of(bot.public_id) for bot in all_bots)
    # Of two with the same tag (one pair in 1.7 million) neither gets an order: nothing says whose it is.
    bots = {tag: bot for bot in all_bots if tags[tag := tag_of(bot.public_id)] == 1}
    for stray in strays.placed_since(since - LOOK_BACK, connection, all_bots):
        Funds.objects.filter(pk=funds.pk).update(claim_until=timezone.now() + CLAIM)
        bot = bots.get(stray.listed.client_id[2 : 2 + TAG])
        order = _take_in(bot, stray) if bot else None
        if order is None:
            alarms.ring("order.unclaimed", "order_unclaimed", connection=connection.pk, pair=stray.pair)
            audit.record("order.unclaimed", target=connection, outcome=f"{stray.pair} {stray.listed.exchange_id}"[:40])
            continue
        lookup.ask(order)
        if Order.objects.live().filter(pk=order.pk).exists():
            return False
    Funds.objects.filter(pk=funds.pk).update(restored_from=None)
    funds.restored_from = None
    audit.record("connection.caught_up", target=connection, outcome=f"since {since:%Y-%m-%d %H:%M:%S}")
    return True


def _take_in(bot: Bot, stray: strays.Stray) -> Order | None:
    """Write down an order that was placed already, in the group whose it is; None where it cannot be any bot's."""
    told, now = stray.listed, timezone.now()
    if told.side is None or not told.quantity or not told.price:
        return None
    is_sale, cost = told.side is OrderSide.SELL, told.quantity * told.price
    home = {"bot": bot, "connection": bot.connection, "pair": stray.pair}
    with transaction.atomic():
        group = Group.objects.open().select_for_update(of=("self",), no_key=True).filter(**home, side="long").first()
        if group is None:
            if is_sale:
                return None
            ladder = ladder_json(inputs.ladder_of(bot, cost))
            group = Group.objects.create(**home, side="long", ladder_json=ladder, opened_at=stray.at)
        purpose = Purpose.EXIT if is_sale else Purpose.ADD_ON if group.quantity else Purpose.ENTRY
        done = group.add_ons_done
        order = Order.objects.create(
            **home,
            group=group,
            client_id=told.client_id,
            exchange_id=told.exchange_id,
            number=Order.objects.next_number(group.pk),
            purpose=purpose,
            step=group.ladder.rung_of(cost, done) if purpose == Purpose.ADD_ON else done,
            reason="order.adopted",
            side=told.side.value,
            quantity=told.quantity,
            price=told.price,
            is_immediate=True,
            fence=bot.fence,
            **{"state": OrderState.UNKNOWN, "sends": 1, "created_at": stray.at, "sent_at": stray.at, "look_at": now},
        )
        numbers = {"quantity": told.quantity, "limit": told.price}
        journal.write(bot, group=group, action=purpose, reason="order.adopted", numbers=numbers, now=now)
        audit.record("order.adopted", target=bot, outcome=stray.pair)
    return order
