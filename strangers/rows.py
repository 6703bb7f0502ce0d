"""The rows of the table: what is asked of every stranger, and what the right answer is."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal as D
from itertools import pairwise

from strangers.judging import holds, near, one_with, refuses, same
from strangers.scene import NOT_OURS, PRICE, QUOTE_MONEY, Scene, now
from strangers.shapes import Order, Stranger, Wish

AMOUNT = D("0.01")
BELOW, ABOVE = D(49_000), D(50_100)
RESTING = Wish("buy", AMOUNT, BELOW)
CROSSING = Wish("buy", AMOUNT, ABOVE)
SPEND = D(100)


def own_id(stranger: Stranger) -> str:
    return stranger.own_id.format("s" + secrets.token_hex(7))


def server_time(scene: Scene) -> None:
    holds("the exchange's time is within two seconds of ours", abs(scene.trader().time() - now()) < 2_000)


def symbols(scene: Scene) -> None:
    rules = scene.trader().rules()

    for name, step in (("price step", rules.price_step), ("amount step", rules.amount_step)):
        holds(f"the {name} is no more than real orders need", step is None or D("1e-8") <= step <= D("0.1"))
    holds("the least amount is no more than our order", (rules.min_amount or 0) <= AMOUNT)
    holds("the least cost is no more than our order", (rules.min_cost or 0) <= AMOUNT * BELOW)


def ticker(scene: Scene) -> None:
    bid, ask = scene.trader().ticker()

    holds("the bid does not lie above the ask", bid <= ask)
    near("the bid", bid, PRICE, PRICE / 1000)
    near("the ask", ask, PRICE, PRICE / 1000)


def candles(scene: Scene) -> None:
    found = scene.trader().candles()

    holds("there are several candles", len(found) > 1)
    same("distance of candles in ms", {b.time - a.time for a, b in pairwise(found)}, {60_000})
    holds(
        "each low is below its high",
        all(c.low <= min(c.open, c.close) <= max(c.open, c.close) <= c.high for c in found),
    )
    holds("the last candle is of now", abs(found[-1].time - now()) < 120_000)


def book(scene: Scene) -> None:
    bids, asks = scene.trader().book()

    holds("both sides have prices", bids and asks)
    holds("the best bid is below the best ask", bids[0] < asks[0])
    same("order of the bids", list(bids), sorted(bids, reverse=True))
    same("order of the asks", list(asks), sorted(asks))


def balances(scene: Scene) -> None:
    stranger = scene.trader()
    stranger.place(RESTING)
    found = stranger.balances()

    free, locked = found[stranger.quote]
    same("free and locked together", free + locked, D(QUOTE_MONEY))
    holds("an open buy locks its cost", AMOUNT * BELOW <= locked <= AMOUNT * BELOW * D("1.02"))
    same("coins", found[stranger.base], (D("0.5"), D(0)))


def rights(scene: Scene) -> None:
    for grants in (("read",), ("read", "trade"), ("read", "trade", "withdraw")):
        same(f"rights of a key with {', '.join(grants)}", scene.trader(scene.new_keys(*grants)).rights(), set(grants))


def limit_order(scene: Scene) -> None:
    stranger = scene.trader()
    name = own_id(stranger)
    order = stranger.find(stranger.place(replace(RESTING, own_id=name)))

    _same_order(order, Order(order.id, name, "buy", "open", D(0), AMOUNT, BELOW))


def _same_order(found: Order, expected: Order) -> None:
    for name, value in vars(expected).items():
        if value is not None:
            same(name.replace("_", " "), getattr(found, name), value)


def found_by_id(scene: Scene) -> None:
    stranger = scene.trader()
    first, second = stranger.place(RESTING), stranger.place(RESTING)

    same("the order found by the first id", stranger.find(first).id, first)
    same("the order found by the second id", stranger.find(second).id, second)


def found_by_own_id(scene: Scene) -> None:
    stranger = scene.trader()
    name = own_id(stranger)
    placed = stranger.place(replace(RESTING, own_id=name))
    stranger.place(replace(RESTING, own_id=own_id(stranger)))

    _same_order(stranger.find_own(name), Order(placed, name, "buy", "open", D(0), AMOUNT, BELOW))


def open_orders(scene: Scene) -> None:
    stranger = scene.trader()
    same("open orders of a new account", list(stranger.open_orders()), [])
    placed = {stranger.place(RESTING), stranger.place(replace(RESTING, price=BELOW - 1000))}

    found = stranger.open_orders()
    same("open orders", {order.id for order in found}, placed)
    same("their states", {order.state for order in found}, {"open"})


def cancel(scene: Scene) -> None:
    stranger = scene.trader()
    placed = stranger.place(RESTING)
    stranger.cancel(placed)

    same("state", stranger.find(placed).state, "cancelled")
    same("money", stranger.balances()[stranger.quote], (D(QUOTE_MONEY), D(0)))


def market_buy(scene: Scene) -> None:
    stranger = scene.trader()
    order = stranger.find(stranger.place(Wish("buy", cost=SPEND)))

    same("state", order.state, "filled")
    near("bought", order.filled, SPEND / PRICE, SPEND / PRICE * stranger.most_fee)


def market_sell(scene: Scene) -> None:
    stranger = scene.trader()
    order = stranger.find(stranger.place(Wish("sell", AMOUNT)))

    _same_order(order, Order(order.id, order.own_id, "sell", "filled", AMOUNT))
    same("coins left", sum(stranger.balances()[stranger.base]), D("0.5") - AMOUNT)


def fills(scene: Scene) -> None:
    stranger = scene.trader()
    placed = stranger.place(Wish("sell", AMOUNT))
    found = stranger.fills(placed)

    same("orders of the fills", {fill.order_id for fill in found}, {placed})
    same("sum of the fills", sum(fill.amount for fill in found), AMOUNT)
    worth = sum(fill.amount * fill.price for fill in found)
    near("worth", D(worth), AMOUNT * PRICE, D(1))
    holds("the fee is paid and not too much", 0 < sum(fill.fee for fill in found) < worth * stranger.most_fee)
    same("coin of the fee", {fill.fee_coin for fill in found}, {stranger.quote})
    free, _ = stranger.balances()[stranger.quote]
    same("money after it", free, D(QUOTE_MONEY) + sum(fill.amount * fill.price - fill.fee for fill in found))


def history(scene: Scene) -> None:
    stranger = scene.trader()
    gone, sold = stranger.place(RESTING), stranger.place(Wish("sell", AMOUNT))
    stranger.cancel(gone)
    found = stranger.history()

    same("state of the cancelled", one_with(found, gone, "those that are over").state, "cancelled")
    same("state of the filled", one_with(found, sold, "those that are over").state, "filled")


def post_only(scene: Scene) -> None:
    """One that would rest rests; one that would take is refused, or ends at once, as the exchange does it."""
    stranger = scene.trader()
    rests = stranger.place(replace(RESTING, lifetime="PO"))
    same("state of the one that rests", stranger.find(rests).state, "open")

    _ends(stranger, "post_only", replace(CROSSING, lifetime="PO"))


def _ends(stranger: Stranger, refusal: str, wish: Wish) -> None:
    if refusal in stranger.refusals:
        refuses(stranger, refusal, lambda: stranger.place(wish))
        return
    order = stranger.find(stranger.place(wish))
    same("state", order.state, "cancelled")
    same("filled", order.filled, D(0))


def immediate_or_cancel(scene: Scene) -> None:
    stranger = scene.trader()
    taken = stranger.find(stranger.place(replace(CROSSING, lifetime="IOC")))
    same("state of the one that takes", (taken.state, taken.filled), ("filled", AMOUNT))

    _ends(stranger, "ioc", replace(RESTING, lifetime="IOC"))


def fill_or_kill(scene: Scene) -> None:
    stranger = scene.trader()
    taken = stranger.find(stranger.place(replace(CROSSING, lifetime="FOK")))
    same("state of the one that takes", (taken.state, taken.filled), ("filled", AMOUNT))

    _ends(stranger, "fok", replace(RESTING, lifetime="FOK"))


def walks_the_book(scene: Scene) -> None:
    """A limit that lies beyond several thin levels takes them all, for one trade each."""
    stranger = scene.trader()
    scene.pin(depth=AMOUNT / 4)
    order = stranger.find(stranger.place(CROSSING))

    same("state and filled", (order.state, order.filled), ("filled", AMOUNT))
    if "fills and fees" not in stranger.lacks:
        holds("it took several trades", len(stranger.fills(order.id)) > 1)


def _refused(name: str, wish: Wish) -> Callable[[Scene], None]:
    def row(scene: Scene) -> None:
        stranger = scene.trader()
        refuses(stranger, name, lambda: stranger.place(wish))

    return row


def minimum(scene: Scene) -> None:
    stranger = scene.trader()
    refuses(stranger, "minimum", lambda: stranger.place(replace(RESTING, amount=stranger.too_small)))


def unknown_order(scene: Scene) -> None:
    stranger = scene.trader()
    gone = stranger.place(RESTING)
    other = scene.trader()

    refuses(other, "unknown_order", lambda: other.find(gone))
    refuses(other, "unknown_cancel", lambda: other.cancel(gone))


def unknown_pair(scene: Scene) -> None:
    stranger = scene.trader()
    refuses(stranger, "unknown_pair", stranger.place_unknown_pair)


def used_id(scene: Scene) -> None:
    stranger = scene.trader()
    wish = replace(RESTING, own_id=own_id(stranger))
    stranger.place(wish)

    refuses(stranger, "used_id", lambda: stranger.place(wish))


def unknown_key(scene: Scene) -> None:
    stranger = scene.trader(scene.deleted_keys())
    refuses(stranger, "unknown_key", stranger.balances)


def wrong_secret(scene: Scene) -> None:
    stranger = scene.trader(scene.new_keys()._replace(secret=scene.new_keys().secret))
    refuses(stranger, "wrong_secret", stranger.balances)


def wrong_passphrase(scene: Scene) -> None:
    stranger = scene.trader(scene.new_keys()._replace(passphrase=scene.new_keys().passphrase))
    refuses(stranger, "wrong_passphrase", stranger.balances)


def clock(scene: Scene) -> None:
    keys = scene.new_keys()
    stranger = scene.trader(keys)
    for ms in (stranger.too_late, -stranger.too_late):
        with scene.clock(keys, ms):
            refuses(stranger, "clock", stranger.balances)
    stranger.balances()


def address(scene: Scene) -> None:
    stranger = scene.trader(scene.new_keys(ips=[NOT_OURS]))
    refuses(stranger, "ip", stranger.balances)


def right(scene: Scene) -> None:
    stranger = scene.trader(scene.new_keys("read"))
    refuses(stranger, "right", lambda: stranger.place(RESTING))


ROWS: Mapping[str, Callable[[Scene], None]] = {
    "server time": server_time,
    "symbols": symbols,
    "ticker": ticker,
    "candles": candles,
    "order book": book,
    "balances": balances,
    "key rights": rights,
    "limit order, own id": limit_order,
    "found by its id": found_by_id,
    "found by own id": found_by_own_id,
    "open orders": open_orders,
    "cancel": cancel,
    "market buy by cost": market_buy,
    "market sell": market_sell,
    "fills and fees": fills,
    "order history": history,
    "crossing limit": walks_the_book,
    "post-only": post_only,
    "immediate or cancel": immediate_or_cancel,
    "fill or kill": fill_or_kill,
    "no: funds": _refused("funds", Wish("buy", D(1), BELOW)),
    "no: minimum": minimum,
    "no: price decimals": _refused("price_precision", replace(RESTING, price=BELOW + D("0.123456789"))),
    "no: amount decimals": _refused("amount_precision", replace(RESTING, amount=D("0.0100000000123"))),
    "no: price band": _refused("band", replace(CROSSING, price=PRICE * 6)),
    "no: unknown order": unknown_order,
    "no: unknown pair": unknown_pair,
    "no: used id": used_id,
    "no: unknown key": unknown_key,
    "no: wrong secret": wrong_secret,
    "no: passphrase": wrong_passphrase,
    "no: clock": clock,
    "no: address": address,
    "no: right": right,
}
