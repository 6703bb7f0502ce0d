"""Compare our books with the exchange's: open questions first, then balances against what the bots should hold.

No order leaves a connection whose books were not compared within a minute: after a start, a restart or a gap this
comes first. What is not ours is never touched.
"""

import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from connections import crowds, desks
from connections.pauses import paused_homes
from database.prepared import (
    PreparedModels,
    PreparedRows,
    PreparedSave,
    PreparedUpdate,
    moment,
    number,
)
from exchanges.errors import ExchangeError
from exchanges.proven import plain
from exchanges.values import Balance, Balances
from strategies import account, halts
from strategies.choices import HaltedBy
from strategies.execution import adoption, coins, excess, late_fees, lookup
from strategies.models import Bot, Group, JournalLine, Order, journal, signals
from strategies.models.funds import KILLED, Funds, gather_oddities
from strategies.pairs import quote_of
from workers.drain import Drain

log = structlog.get_logger(__name__)
# A comparison takes some questions one after the other: 18 s of them at most (ASKING_SECONDS, and 8 s of the last one);
# two at once would do no harm.
CLAIMS = 3
# In a rush of signals only books that grow old are compared: orders need them within a minute.
AGE_IN_RUSH = timedelta(seconds=35)
EVERY, AFTER_TROUBLE = timedelta(seconds=25), timedelta(seconds=10)
# How long open questions may keep the comparison waiting.
ASKING_SECONDS = 10.0
# Balances lag behind fills: a shortage is believed when it is seen this often in a row.
SHORTAGES_BELIEVED = 3
TOLERANCE = Decimal("0.002")
# Money that comes and goes around what is set aside is told of so often at most.
MISSING_TOLD_EVERY = timedelta(hours=1)
ZERO = Decimal(0)


def reconcile(connection_id: int) -> None:
    """Compare once, if it is due and nobody else does."""
    now = timezone.now()
    if not _CLAIMED.run(connection=connection_id, now=now, until=now + CLAIMS * settings.TRADING_LEASE):
        return
    funds = Funds.objects.select_related("connection__owner").get(connection_id=connection_id)
    if lookup.may_ask(funds.connection):
        _compare(funds)
    held = Group.objects.open().filter(connection=connection_id)
    if not Bot.objects.on(connection_id).enabled().exists() and not held.exists():
        Funds.objects.filter(pk=funds.pk).update(claim_until=None, look_at=None)


# How many comparisons in a row were lost before the one that is taken now; what rested for it keeps its count.
LOST = Case(
    When(claim_until=None, trouble=KILLED, then=F("lost_claims")),
    When(claim_until=None, then=Value(0)),
    default=F("lost_claims") + 1,
)
_CLAIMED = PreparedUpdate(
    lambda: (
        Funds.objects.free(moment("now")).filter(connection=number("connection")),
        {"claim_until": moment("until"), "lost_claims": LOST},
    )
)


def due(count: int) -> list[int]:
    """Return the connections whose books were to be compared first; in a rush of signals, those that must be."""
    now = timezone.now()
    funds = Funds.objects.free(now).filter(~paused_homes(now)).order_by("look_at")
    for exchange, venue in crowds.full():
        # They would be refused, and stand in the way of those that wait for exchanges that answer.
        funds = funds.exclude(connection__exchange=exchange, connection__venue=venue)
    if signals.is_rush(now):
        funds = funds.filter(Q(reconciled_at=None) | Q(reconciled_at__lt=now - AGE_IN_RUSH))
    return list(funds.values_list("connection_id", flat=True)[:count])


DUE = Drain(due, reconcile, at_once=4)


def reconcile_due(_connection_id: int) -> None:
    """Compare the books that are due, whichever the message was for."""
    DUE.work()


def _compare(funds: Funds) -> None:
    connection = funds.connection
    if not funds.lost_claims:
        # After a comparison that never ended, its orders are left to look-ups, which count for themselves.
        ask_about_doubtful(connection.pk)
    asked_at = timezone.now()
    try:
        if funds.restored_from:
            adoption.adopt(funds)
            asked_at = timezone.now()
        balances = desks.ask_with_key(connection, lambda desk, key: desk.balances(key), purpose="compare")
    except (ExchangeError, desks.KeyClosedError) as error:
        trouble = error.trouble if isinstance(error, ExchangeError) else None
        cause = trouble.cause.value if trouble else "key.unsealable"
        later = timezone.now() + max(timedelta(seconds=trouble.wait if trouble else 0), AFTER_TROUBLE)
        Funds.objects.filter(pk=funds.pk).update(claim_until=None, look_at=later, trouble=cause)
        return
    keep(funds, balances, asked_at=asked_at, now=timezone.now())
    late_fees.value(connection, timezone.now())


def ask_about_doubtful(connection_id: int) -> None:
    """Look up the connection's orders whose outcome is open, as far as the time for it goes.

    The tick has the others looked up one by one: an exchange that does not answer must not hold one worker for all.
    """
    until = time.monotonic() + ASKING_SECONDS
    now = timezone.now()
    for (order_id,) in _DOUBTFUL.run(connection=connection_id, now=now, sent_before=now - lookup.ANSWERED_WITHIN):
        if time.monotonic() < until:
            lookup.look_up(order_id)


_DOUBTFUL = PreparedRows(
    lambda: (
        Order.objects.doubtful()
        .filter(connection=number("connection"), look_at__lte=moment("now"), sent_at__lt=moment("sent_before"))
        .values_list("pk")[:50]
    )
)


def keep(funds: Funds, balances: Balances, *, asked_at: datetime, now: datetime) -> None:
    """Store the balances and compare them with what the bots should hold, as far as they could be read.

    They are those of the moment when they were asked for: what was ordered after it is not in them for sure.
    """
    told = balances.coins
    stored = {asset: {"free": plain(one.free), "total": plain(one.total)} for asset, one in told.items()}
    short = shortages(funds.connection_id, told)
    # Not one coin, where some were bought: an answer like that is no proof that they are gone.
    odd = gather_oddities(balances.odd, is_empty=bool(short) and not told and not balances.odd)
    short = [asset for asset in short if not odd.hides(asset, is_told=asset in told)]
    if odd.count or odd.is_empty:
        log.warning("balances_odd", connection=funds.connection_id, rows=odd.count, shapes=odd.shapes[:3])
    counts = {asset: funds.shortages_json.get(asset, 0) + 1 for asset in short}
    for asset, count in counts.items():
        if count >= SHORTAGES_BELIEVED:
            # The trader that moved them must say how it goes on.
            holders = Group.objects.open().filter(connection=funds.connection, pair__startswith=f"{asset}/")
            with transaction.atomic():
                bots = Bot.objects.on(funds.connection_id).filter(pk__in=holders.values_list("bot"))
                halts.halt_some(bots, reason="holdings.missing", by=HaltedBy.BOOKS, now=now)
    funds.balances_json, funds.odd_json, funds.shortages_json, funds.trouble = stored, odd.as_json(), counts, ""
    funds.read_at, funds.reconciled_at, funds.claim_until = asked_at, now, None
    funds.look_at = now + (adoption.AGAIN if funds.restored_from else EVERY)
    excess.halt(funds.connection_id, now=now)
    lines = [] if funds.restored_from else _missing(funds, now)
    with transaction.atomic() if lines else nullcontext():
        _KEPT.run(funds)
        journal.keep(lines)
    coins.look_for_adopted(funds, now=now)


def _missing(funds: Funds, now: datetime) -> list[JournalLine]:
    """Note how much of what is set aside is not free any more; returns what is to be told of it to the groups' bots.

    It stops nothing: that the money may be back in time is the trader's to see to.
    """
    found, told = account.read({funds.connection_id: funds}, now=now), set(funds.missing_json)
    short = {key: pool for key, pool in found.at.items() if pool.missing}
    funds.missing_json = {quote: plain(pool.missing) for (_, quote), pool in short.items()}
    hit = {pk: short[key] for pk, key in found.keys.items() if key in short and found.holdings[pk].stake.to_come}
    groups = Group.objects.filter(pk__in=hit).select_related("bot") if set(funds.missing_json) - told else ()
    lately = JournalLine.objects.filter(reason="reserve.missing", at__gt=now - MISSING_TOLD_EVERY)
    known = set(lately.filter(group__in=groups).values_list("group", flat=True)) if groups else set()
    return [
        journal.line(
            group.bot,
            group=group,
            action="missing",
            reason="reserve.missing",
            numbers={"reserved": hit[group.pk].set_aside, "free": hit[group.pk].free or ZERO},
            now=now,
        )
        for group in groups
        if quote_of(group.pair) not in told and group.pk not in known
    ]


_KEPT = PreparedSave(
    Funds,
    (
        *("balances_json", "odd_json", "shortages_json", "missing_json", "trouble"),
        *("read_at", "reconciled_at", "look_at", "claim_until"),
    ),
)


def shortages(connection_id: int, balances: Mapping[str, Balance]) -> list[str]:
    """Return the coins of which the account has less than the bots bought there and did not sell.

    More is none of our business: it is the trader's own. Dust of earlier groups that is gone stops nobody, since a sale
    is of what is there. Pairs with an order under way are left out, groups that are behind after a restore, and those
    whose adopted coins are looked for (strategies/execution/coins.py).
    """
    held: dict[str, Decimal] = defaultdict(Decimal)
    busy = {pair for (pair,) in _BUSY.run(connection=connection_id)}
    for group in _HELD.run(connection=connection_id):
        if group.pair not in busy:
            held[group.pair.partition("/")[0]] += group.held - group.carried
    nothing = Balance(free=Decimal(0), total=Decimal(0))
    return [asset for asset, much in held.items() if balances.get(asset, nothing).total < much * (1 - TOLERANCE)]


_BUSY = PreparedRows(lambda: Order.objects.live().filter(connection=number("connection")).values_list("pair"))
_HELD = PreparedModels(
    lambda: Group.objects.open().filter(connection=number("connection"), is_behind=False, is_unseen=False)
)
