"""What differs between an exchange and our books: pure functions, each of which tells one kind of difference."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext

from recount import reckoning
from recount.reckoning import Told
from recount.values import (
    EVER,
    ZERO,
    BotLimit,
    Coins,
    Discrepancy,
    KeptSums,
    OurGroup,
    OurOrder,
    Steps,
    ToldOrder,
    Trade,
)

# Exact for all that a sum can hold.
DIGITS = 80
# States of our rows in which an order may be open at the exchange, and the two in which it is over there.
OPEN, OVER = ("sent", "unknown", "open"), ("filled", "canceled")


@dataclass(frozen=True, kw_only=True)
class Pairing:
    """An order of ours beside what the exchange tells of it (None: that there is none), and the steps of its pair."""

    where: str
    ours: OurOrder
    told: ToldOrder | None
    steps: Steps | None = None

    @property
    def trades(self) -> tuple[Trade, ...]:
        return self.told.trades if self.told else ()

    def differs(self, code: str, there: object, here: object) -> Discrepancy:
        return Discrepancy(
            code=code, where=f"{self.where}, order {self.ours.client_id}", there=_text(there), here=_text(here)
        )


def _text(value: object) -> str:
    """Write a number without an exponent and without the zeros behind it."""
    if not isinstance(value, Decimal):
        return "nothing" if value is None else str(value)
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- one order


def state(pair: Pairing) -> Iterator[Discrepancy]:
    """An order stands here as it stands there; one that never counted as sent is not there."""
    ours, told = pair.ours, pair.told
    if told is None:
        if ours.filled or ours.trades:
            yield pair.differs("order.unknown_there", "no such order", f"{ours.state}, {_text(ours.filled)} filled")
        elif ours.state == "open":
            yield pair.differs("order.state", "no such order", ours.state)
        return
    there = "open" if told.is_open else "filled" if told.filled >= ours.quantity else "canceled"
    if ours.sends == 0:
        yield pair.differs("order.unsent", there, f"{ours.state}, never sent")
    elif told.is_open or ours.state in OPEN:
        is_alike = told.is_open and ours.state in OPEN
    else:
        # What was given up here, and was taken and ended there without a fill, moved nothing.
        is_alike = there == ours.state if ours.state in OVER else not told.filled and ours.state != "refused"
    if ours.sends and not is_alike:
        yield pair.differs("order.state", there, ours.state)


def filled(pair: Pairing) -> Iterator[Discrepancy]:
    if pair.told is None:
        return
    if pair.told.filled != pair.ours.filled:
        yield pair.differs("order.filled", pair.told.filled, pair.ours.filled)
    if pair.told.filled > pair.ours.quantity:
        yield pair.differs("order.above_quantity", pair.told.filled, f"at most {_text(pair.ours.quantity)}")


def fills(pair: Pairing) -> Iterator[Discrepancy]:
    """Each fill of ours is one of theirs, and stands here once: as it is told, with its fees in every coin."""
    there, seen = {trade.trade_id: trade for trade in pair.trades}, set[str]()
    for trade in pair.ours.trades if pair.told else ():
        told = there.get(trade.trade_id)
        copies = (
            one for one in pair.ours.trades if one is not trade and (one.at, _traded(one)) == (trade.at, _traded(trade))
        )
        if trade.trade_id in seen or (told is None and any(copies)):
            yield pair.differs("fill.twice", "once", _line(trade))
        elif told is None:
            yield pair.differs("fill.unknown", "no such fill", _line(trade))
        elif _traded(told) != _traded(trade):
            yield pair.differs("fill.traded", _line(told), _line(trade))
        seen.add(trade.trade_id)


def fees(pair: Pairing) -> Iterator[Discrepancy]:
    """What each fill paid stands here in every coin; a fee that is not told is held against nothing."""
    there = {trade.trade_id: trade.paid for trade in pair.trades if trade.is_fee_known}
    for trade in pair.ours.trades:
        if there.get(trade.trade_id, trade.paid) != trade.paid:
            yield pair.differs(
                "fill.fee", _fees(there[trade.trade_id]), f"{_fees(trade.paid)} in fill {trade.trade_id}"
            )


def missing(pair: Pairing) -> Iterator[Discrepancy]:
    seen = {trade.trade_id for trade in pair.ours.trades}
    for trade in pair.trades:
        if trade.trade_id not in seen:
            yield pair.differs("fill.missing", _line(trade), None)


def _traded(trade: Trade) -> tuple[Decimal, Decimal, Decimal]:
    return trade.price, trade.quantity, trade.cost


def _line(trade: Trade) -> str:
    return f"fill {trade.trade_id}: {_text(trade.quantity)} at {_text(trade.price)} for {_text(trade.cost)}"


def _fees(paid: Coins) -> str:
    return " + ".join(f"{_text(amount)} {coin}" for coin, amount in sorted(paid.items())) or "none"


def promise(pair: Pairing) -> Iterator[Discrepancy]:
    """No fill is worse than the price that the order was sent with."""
    ours = pair.ours
    for trade in pair.trades:
        if trade.price > ours.price if ours.is_buy else trade.price < ours.price:
            worst = "at most" if ours.is_buy else "at least"
            yield pair.differs("price.beyond", _line(trade), f"{worst} {_text(ours.price)}")


def steps(pair: Pairing) -> Iterator[Discrepancy]:
    """Quantity and price are whole multiples of the pair's steps."""
    if pair.steps is None or not pair.ours.sends:
        return
    if pair.ours.quantity % pair.steps.quantity:
        yield pair.differs("step.quantity", f"steps of {_text(pair.steps.quantity)}", pair.ours.quantity)
    if pair.ours.price % pair.steps.price:
        yield pair.differs("step.price", f"steps of {_text(pair.steps.price)}", pair.ours.price)


OF_ORDERS: tuple[Callable[[Pairing], Iterator[Discrepancy]], ...] = (
    state,
    filled,
    fills,
    fees,
    missing,
    promise,
    steps,
)


# --- one group

# What is compared to the 18th decimal, which is finer than any currency: an exchange may tell fees in so many digits
# that a sum of them takes more than the 28 that books keep.
OF_MONEY = frozenset(
    {"group.cost", "group.fee_quote", "group.fee_other", "group.fees", "group.proceeds", "group.result"}
)


def _money(amount: Decimal | None) -> Decimal | None:
    return amount and round(amount, 18)


def of_group(group: OurGroup, told: Told, rules: Mapping[str, Steps]) -> list[Discrepancy]:
    """Return what differs of a group and of its orders; `told` has all orders of it that were to be asked for."""
    with localcontext(prec=DIGITS):
        found = []
        for order in group.orders:
            if order.client_id in told:
                pair = Pairing(where=group.name, ours=order, told=told[order.client_id], steps=rules.get(group.pair))
                found += [difference for check in OF_ORDERS for difference in check(pair)]
        return [*found, *_sums(group, told)]


def _sums(group: OurGroup, told: Told) -> Iterator[Discrepancy]:
    """Compare what all trades come to, and tell fees in a third coin that no result counts."""
    trades = [(move.is_buy, move.trade) for move in reckoning.moves_of(group, told)]
    sums = reckoning.reckon(group.pair, trades, group.carried)
    rows: dict[str, tuple[Decimal | None, Decimal | None]] = {
        "group.bought": (sums.bought, group.bought),
        "group.cost": (sums.cost, group.cost),
        "group.average": (sums.average, group.average and reckoning.SHOWN.plus(group.average)),
        "group.fee_coin": (sums.fee_coin, group.fee_coin),
        "group.fee_quote": (sums.fee_quote, group.fee_quote),
        "group.fee_other": (sums.worth_of_buys, group.fee_other),
        "group.fees": (sums.fees, group.fees),
        "group.sold": (sums.sold, group.sold),
        "group.proceeds": (sums.proceeds, group.proceeds),
        "group.held": (sums.held + group.carried - group.passed_on, group.held),
    }
    if group.result is not None:
        rows["group.result"] = (sums.result, group.result)
    for code, (there, here) in rows.items():
        if code in OF_MONEY:
            there, here = _money(there), _money(here)
        if there != here:
            yield Discrepancy(code=code, where=group.name, there=_text(there), here=_text(here))
    uncounted = reckoning.reckon(group.pair, ((is_buy, trade) for is_buy, trade in trades if not trade.value))
    if uncounted.other_fees:
        paid = _fees(uncounted.other_fees)
        yield Discrepancy(code="group.other_fees", where=group.name, there=paid, here="not counted")


# --- a pair, a bot, a coin


def of_kept(kept: Iterable[KeptSums], groups: Iterable[OurGroup]) -> Iterator[Discrepancy]:
    """Hold the sums that pages show against all groups that are over, day by day and for ever."""
    here = {(sums.bot, sums.pair, sums.day): sums for sums in kept}
    there, names = dict[tuple[int, str, date], KeptSums](), dict[int, str]()
    with localcontext(prec=DIGITS):
        for group in groups:
            names[group.bot] = group.name.rpartition(", group ")[0]
            if group.is_open or not group.bought or group.ended_at is None:
                continue
            if group.counted_on is None or abs(group.counted_on - group.ended_at.date()) > NEAR:
                yield Discrepancy(
                    code="kept.day", where=group.name, there=str(group.ended_at.date()), here=_text(group.counted_on)
                )
            for day in {EVER, group.counted_on or group.ended_at.date()}:
                key = group.bot, group.pair, day
                there[key] = _with(there.get(key) or KeptSums(bot=group.bot, pair=group.pair, day=day), group)
        for key in sorted({*here, *there}):
            bot, pair, day = key
            nothing = KeptSums(bot=bot, pair=pair, day=day)
            ours, expected = here.get(key, nothing), there.get(key, nothing)
            if _kept(ours) != _kept(expected):
                where = f"{names.get(bot, f'bot {bot}, {pair}')}, {'all days' if day == EVER else day}"
                yield Discrepancy(code="kept.sums", where=where, there=_kept(expected), here=_kept(ours))


# A day of a trader's begins at most so far from that of UTC.
NEAR = timedelta(days=1)


def _with(sums: KeptSums, group: OurGroup) -> KeptSums:
    has_result = group.result is not None
    return replace(
        sums,
        result=sums.result + (group.result or ZERO),
        fees=sums.fees + group.fees,
        closed=sums.closed + has_result,
        won=sums.won + ((group.result or ZERO) > 0),
    )


def _kept(sums: KeptSums) -> str:
    result, fees = (_text(round(amount, 18)) for amount in (sums.result, sums.fees))
    return f"{result} in {sums.closed} closed groups, {sums.won} with a gain, {fees} in fees"


def of_list(pair: str, listed: Mapping[str, str], ours: Iterable[OurOrder]) -> Iterator[Discrepancy]:
    """Tell orders that the exchange lists with an id of ours and of which our rows say that they never left."""
    rows = {order.client_id: order for order in ours}
    for client_id, exchange_id in sorted(listed.items()):
        where, there = f"{pair}, order {client_id}", f"order {exchange_id}"
        if client_id not in rows:
            yield Discrepancy(code="order.unknown_here", where=where, there=there, here="no such order")
        elif not rows[client_id].is_to_ask:
            yield Discrepancy(
                code="order.unsent", where=where, there=there, here=f"{rows[client_id].state}, never sent"
            )


def of_limit(limit: BotLimit, groups: Iterable[OurGroup], told: Told) -> Iterator[Discrepancy]:
    """Tell the highest moment beyond the hard limit, and that beyond the margin limit."""
    with localcontext(prec=DIGITS):
        passed = reckoning.replay(limit, [(group, reckoning.moves_of(group, told)) for group in groups])
    for code, peak, most in (("limit.hard", passed.hard, limit.hard), ("limit.margin", passed.margin, limit.amount)):
        if peak.at:
            moment = f"{peak.at:%Y-%m-%d %H:%M:%S} UTC"
            there = f"{_text(round(peak.at_work, 8))} at work at {moment}, {peak.buys} buys beyond it"
            yield Discrepancy(code=code, where=limit.name, there=there, here=f"at most {_text(most)}")


@dataclass(frozen=True, kw_only=True)
class CoinLine:
    """A coin of an account: what lies there, what our open groups hold by our books, and what all our orders together
    left there, groups that are over and fees in this coin included."""

    coin: str
    account: Decimal
    groups: Decimal
    orders: Decimal

    @property
    def missing(self) -> Decimal:
        return max(self.groups - self.account, ZERO)

    @property
    def others(self) -> Decimal:
        """Return what lies there beyond what our orders left: the trader's own; below 0 they took some."""
        return self.account - self.orders

    def told(self) -> str:
        moved = f"{_text(abs(self.others))} {'came' if self.others > 0 else 'went'} by other hands than our orders"
        return (
            f"{self.coin}: {_text(self.account)} in the account, {_text(self.groups)} in open groups, "
            f"{_text(self.orders)} left by all our orders" + (f"; {moved}" if self.others else "")
        )


def coin_lines(account: Mapping[str, Decimal], groups: Iterable[OurGroup], told: Told) -> list[CoinLine]:
    """Hold each coin that our groups are of against what the account has of it."""
    kept = list(groups)
    with localcontext(prec=DIGITS):
        held = reckoning.added({group.base: group.held if group.is_open else ZERO} for group in kept)
        left = reckoning.added(
            reckoning.moved(group.pair, trade, is_buy=order.is_buy)
            for group in kept
            for order, trade in reckoning.trades_of(group, told)
        )
        return [
            CoinLine(coin=coin, account=account.get(coin, ZERO), groups=groups_, orders=left.get(coin, ZERO))
            for coin, groups_ in sorted(held.items())
        ]


def of_coins(line: CoinLine) -> Iterator[Discrepancy]:
    if line.missing:
        here = f"{_text(line.groups)} in open groups, {_text(line.missing)} missing"
        yield Discrepancy(code="coins.missing", where=line.coin, there=line.told(), here=here)
