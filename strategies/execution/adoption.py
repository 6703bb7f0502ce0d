"""After a restore from a backup: find the orders that were placed since, and give each to the bot whose it is.

The database knows nothing of them; the exchange lists them with the ids that we gave, which begin with the tag of their
bot. They are taken in the order in which they were placed, each looked up to its end before the next, so that a group
that was closed since is closed here, and one that was opened since is open. That is done pair by pair: until a pair is
done its groups are behind and nothing is sent for them; until all are, nothing is bought.
"""

import time
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from accounts import audit
from exchanges.errors import Cause, ExchangeError
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
# So long one comparison is busy with it; the next goes on where it was.
ASKING_SECONDS = 10.0


def adopt(funds: Funds) -> None:
    """Count what was placed since the backup into the books, pair by pair, as far as the time for it goes.

    A pair that is done lets its groups be sold, whatever keeps the others; buys wait for all. Raises KeyClosedError.
    """
    connection, until = funds.connection, time.monotonic() + ASKING_SECONDS
    all_bots = list(Bot.objects.on(connection.pk).select_related("connection"))
    tags = Counter(tag_of(bot.public_id) for bot in all_bots)
    # Of two with the same tag (one pair in 1.7 million) neither gets an order: nothing says whose it is.
    bots = {tag: bot for bot in all_bots if tags[tag := tag_of(bot.public_id)] == 1}
    behind = _behind(funds, all_bots)
    while behind and time.monotonic() < until:
        pair = behind.pop(0)
        try:
            is_done = _catch_up(funds, pair, bots)
        except ExchangeError as error:
            is_done = _has_no_end(funds, pair, error.trouble.cause)
        if not is_done:
            continue
        funds.note_told(pair)
        with transaction.atomic():
            Group.objects.filter(connection=connection, pair=pair, is_behind=True).update(is_behind=False)
            Funds.objects.filter(pk=funds.pk).update(caught_up_json=funds.caught_up_json)
    if not _behind(funds, all_bots):
        since, funds.restored_from, funds.caught_up_json = funds.restored_from, None, {}
        Funds.objects.filter(pk=funds.pk).update(restored_from=None, caught_up_json={})
        audit.record("connection.caught_up", target=connection, outcome=f"since {since:%Y-%m-%d %H:%M:%S}")


def _behind(funds: Funds, bots: Collection[Bot]) -> list[str]:
    """Return the pairs that are not done: those that somebody waits to be out of first, those that failed last."""
    here = Group.objects.filter(connection=funds.connection_id)
    held = dict(here.open().order_by("close_asked_at").values_list("pair", "close_asked_at"))
    pairs = {pair for bot in bots for pair in bot.pairs} | {*held}
    waiting = [pair for pair in pairs if pair not in funds.told_pairs]
    return sorted(waiting, key=lambda pair: (funds.unread_of(pair), not held.get(pair), pair not in held, pair))


def _catch_up(funds: Funds, pair: str, bots: Mapping[str, Bot]) -> bool:
    """Count the pair's strays into the books, each looked up to its end before the next; False when one is not over."""
    connection, since = funds.connection, funds.restored_from
    if since is None or Order.objects.live().filter(connection=connection, pair=pair).exists():
        # Those that were under way in the backup's time are looked up first.
        return False
    for stray in strays.placed_since(since - LOOK_BACK, connection, pair):
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
    return True


def _has_no_end(funds: Funds, pair: str, cause: Cause) -> bool:
    """Count an answer that does not tell all there is; says whether the pair is given up.

    Exchanges list the orders of a day or a few. A group of the pair waits for its trader then; where none is open, no
    order of ours depends on it, and the operators are told.
    """
    if cause is not Cause.UNREADABLE:
        return False
    funds.note_unread(pair)
    Funds.objects.filter(pk=funds.pk).update(caught_up_json=funds.caught_up_json)
    is_held = Group.objects.open().filter(connection=funds.connection_id, pair=pair).exists()
    if is_held or not funds.has_no_end(pair):
        return False
    alarms.ring("restore.unread", "orders_since_backup_unread", connection=funds.connection_id, pair=pair)
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
            group = Group.objects.create(**home, side="long", ladder_json=ladder, opened_at=stray.at, is_behind=True)
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
