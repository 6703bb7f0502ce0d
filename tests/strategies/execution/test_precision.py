"""5,000 orders of chance: each on the exchange's steps, never for more money or coins than there are, all Decimal."""

import random
from decimal import Decimal as D

from exchanges import registry
from strategies.choices import OrderKind, Purpose
from strategies.engine.state import OrderRules
from strategies.execution.pricing import PRICED, SLIPPAGE, SLIPPAGE_OUT, Wanted, is_immediate, price_of, quantity_of
from strategies.models import Bot, Group
from strategies.models.market import Instrument

CASES = 5_000
EXITS = ("exit.take_profit", "exit.recovery", "exit.trailing", "exit.stop_loss", "exit.asked")


def digits(chance: random.Random, most: int, places: int) -> D:
    """Return a number of chance above 0, of up to so many digits, up to so many of them behind the point."""
    number = chance.randrange(1, 10 ** chance.randint(1, most))
    return D(number).scaleb(-chance.randint(0, places))


def step(chance: random.Random) -> D | None:
    """Return a step as exchanges have them: of ten, of five, of a quarter, or none."""
    return chance.choice([None, *(D(one).scaleb(-chance.randint(0, 18)) for one in (1, 1, 5, 25, 10))])


def coins(chance: random.Random, amount_step: D | None) -> D:
    """Return an amount of up to 10^20 steps, and often a part of one: more digits than that no exchange tells."""
    return (amount_step or D("1e-12")) * digits(chance, 20, 6)


def is_multiple(value: D, of: D | None) -> bool:
    # As whole numbers: a division of Decimals is rounded.
    return (
        of is None
        or (value.as_integer_ratio()[0] * of.as_integer_ratio()[1])
        % (value.as_integer_ratio()[1] * of.as_integer_ratio()[0])
        == 0
    )


def wanted(chance: random.Random) -> Wanted:
    price = digits(chance, 12, 10)
    spread = price * D(chance.randint(0, 30)).scaleb(-4)
    purpose = chance.choice([Purpose.ENTRY, Purpose.ADD_ON, Purpose.EXIT])
    reason = chance.choice(EXITS) if purpose == Purpose.EXIT else "entry.signal"
    instrument = Instrument(
        exchange=chance.choice(registry.ALL).slug,
        price=price,
        bid=price - spread,
        ask=price + spread,
        price_step=step(chance),
        amount_step=step(chance),
    )
    bought = coins(chance, instrument.amount_step)
    return Wanted(
        bot=Bot(order_kind=chance.choice(OrderKind.values)),
        purpose=purpose,
        reason=reason,
        pair="BTC/USDT",
        instrument=instrument,
        numbers={PRICED[reason]: price * D(chance.randint(90, 110)) / 100} if reason in PRICED else {},
        group=Group(pair="BTC/USDT", quantity=bought),
        cost=digits(chance, 16, 8),
        most=chance.choice([None, bought * D("0.5"), coins(chance, instrument.amount_step)]),
    )


def test_an_order_is_on_the_steps_and_within_what_there_is() -> None:
    for number in range(CASES):
        order = wanted(random.Random(number))
        told, exact = order.instrument, f"case {number}"
        price = price_of(order)
        quantity = quantity_of(order, price)

        assert type(price) is type(quantity) is D, exact
        assert price.is_finite(), exact
        assert quantity.is_finite(), exact
        assert price > 0, exact
        assert quantity >= 0, exact
        # Beyond so many steps no exchange trades, nor does Decimal reckon exactly.
        assert is_multiple(quantity, told.amount_step) or quantity / (told.amount_step or 1) > 10**24, exact
        if order.purpose == Purpose.EXIT:
            assert isinstance(order.group, Group), exact
            held = order.group.held if order.most is None else min(order.group.held, order.most)
            assert quantity <= held, exact
            assert held - quantity < (told.amount_step or D("1e-99")), exact
        else:
            assert quantity * price <= order.cost * (1 + D("1e-20")), exact
            assert price <= max(told.ask * (1 + SLIPPAGE), told.ask + (told.price_step or 0)), exact
            assert price >= told.ask or order.bot.order_kind == OrderKind.LIMIT, exact


def test_an_exits_price_is_never_further_away_than_promised() -> None:
    for number in range(CASES):
        order = wanted(random.Random(number))
        if order.purpose != Purpose.EXIT or not is_immediate(order):
            continue
        told, price = order.instrument, price_of(order)
        worst = told.bid * (1 - SLIPPAGE_OUT)
        assert price >= min(worst, told.bid - 2 * (told.price_step or 0)) or price == told.price_step, f"case {number}"
        assert is_multiple(price, told.price_step), f"case {number}"


def test_what_the_rules_take_reaches_every_minimum() -> None:
    for number in range(CASES):
        chance = random.Random(number)
        rules = OrderRules(minimum_cost=digits(chance, 4, 4), min_amount=digits(chance, 4, 8), amount_step=step(chance))
        quantity, price = coins(chance, rules.amount_step), digits(chance, 12, 10)
        amount = rules.amount(quantity)

        assert is_multiple(amount, rules.amount_step), number
        assert 0 <= amount <= quantity, number
        if rules.takes(amount, price):
            assert amount >= (rules.min_amount or 0), number
            assert amount * price >= rules.minimum_cost, number
