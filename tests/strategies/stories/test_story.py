"""A fall, a bounce, a second fall and a recovery, number by number: what the bot does at each price, and why.

The ladder of risk level low: add-ons 2.5 %, 5.75 % and 9.975 % below the first price, each as large as the first
order. The practice exchange (KuCoin's dialect) takes 0.1 % of each trade in USDT and holds a spread of 0.01 %.
"""

from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from strategies import inputs
from strategies.market import wanted
from strategies.models import Bot, Instrument, JournalLine
from tests.strategies.stories.trader import Trader

pytestmark = pytest.mark.services
CENT = D("0.01")


@pytest.fixture
def story(trading: Trader) -> Trader:
    Bot.objects.filter(pk=trading.bot.pk).update(
        pairs_json=["ETH/USDT"], base_order=D(100), margin_limit=D(2000), take_profit=D(2), cool_down_minutes=0
    )
    trading.bot.refresh_from_db()
    trading.price("3000", pair="ETH/USDT")
    trading.look()
    wanted.want("kucoin", "practice", ["ETH/USDT"], now=timezone.now())
    trading.look()
    return trading


def at(story: Trader, price: str) -> None:
    story.price(price, pair="ETH/USDT")
    story.watch()


def figures(story: Trader) -> dict[str, Any]:
    """Return the group's average and break-even to the cent, as a page shows them."""
    group = story.group
    instrument = Instrument.objects.at("kucoin", "practice").known(["ETH/USDT"])["ETH/USDT"]
    position = inputs.held_of(group, None, instrument).position
    return {
        "average": position.average.quantize(CENT),
        "break_even": position.break_even.quantize(CENT),
        "add_ons": group.add_ons_done,
        "mode": group.mode,
    }


def last_line(story: Trader) -> JournalLine:
    return JournalLine.objects.filter(bot=story.bot).latest("pk")


def test_the_whole_story(story: Trader) -> None:
    # The ask is 3000.15; the quantity is what 100 USDT buy half a percent above it: 100 / 3015.15.
    story.signal("long", pair="ETH/USDT")
    assert figures(story) == {"average": D("3000.15"), "break_even": D("3006.16"), "add_ons": 0, "mode": "normal"}
    assert story.group.quantity == D("0.0331658")

    # The first zone begins 2.5 % below 3000.15, at 2925.15.
    at(story, "2930")
    assert (figures(story)["add_ons"], story.group.reason) == (0, "zone.not_reached")

    # A sharp fall passes all three zones. The hard limit, 70 % of 300, admits one rung: it is bought at 2680.13,
    # with what the entry kept back for a worse price: (200 - 99.50) / 2693.53.
    story.set(margin_limit=D(300))
    at(story, "2680")
    assert figures(story) == {"average": D("2830.73"), "break_even": D("2836.40"), "add_ons": 1, "mode": "normal"}

    # A bounce into the second zone (2827.64): a buy at 2826.14 would better the average by less than 0.1 %.
    story.set(margin_limit=D(500))
    at(story, "2826")
    assert (figures(story)["add_ons"], story.group.reason) == (1, "average.worse")
    assert last_line(story).numbers["improvement"] < D("0.001")

    # The second evaluation in a row that says so puts the group into Recovery Mode.
    at(story, "2826")
    assert (figures(story)["mode"], story.group.recovery_reason) == ("recovery", "recovery.average")

    # In there nothing new opens on the pair, and an add-on needs 1.5 times the distance from the last fill.
    signal = story.signal("long", pair="ETH/USDT")
    assert signal is not None
    assert signal.outcome == "entry.group_open"
    at(story, "2600")
    assert (figures(story)["add_ons"], story.group.reason) == (1, "spacing.too_close")

    # The second fall is deep enough for the stricter rules; 70 % of 500 has room for one of the two zones it passed.
    at(story, "2550")
    assert figures(story) == {"average": D("2730.42"), "break_even": D("2735.88"), "add_ons": 2, "mode": "recovery"}

    # At first the take profit of Recovery Mode is still near 2 %; three days on it is break-even plus 0.1 %.
    at(story, "2745")
    assert figures(story)["mode"] == "recovery"
    story.recover_since(days=3)
    at(story, "2738")
    assert figures(story)["mode"] == "recovery"
    at(story, "2745")
    assert (story.group.mode, story.group.close_reason) == ("closed", "exit.recovery")
    assert story.group.result is not None
    assert story.group.result.quantize(CENT) == D("0.98")


def test_every_step_stands_in_the_journal(story: Trader) -> None:
    story.signal("long", pair="ETH/USDT")
    story.set(margin_limit=D(300))
    at(story, "2680")
    story.set(margin_limit=D(500))
    for price in ("2826", "2826", "2600", "2550"):
        at(story, price)
    story.recover_since(days=3)
    at(story, "2745")

    told = list(JournalLine.objects.filter(bot=story.bot).order_by("pk").values_list("action", "reason"))

    assert told == [
        ("entry", "entry.signal"),
        ("add_on", "add_on.zone"),
        ("block", "average.worse"),
        ("enter_recovery", "recovery.average"),
        ("block", "spacing.too_close"),
        ("add_on", "add_on.zone"),
        ("exit", "exit.recovery"),
        ("closed", "exit.recovery"),
    ]


def test_the_books_equal_the_exchanges(story: Trader) -> None:
    story.signal("long", pair="ETH/USDT")
    for price in ("2920", "2820", "3100"):
        at(story, price)

    truth = story.truth()
    sold = [row for row in truth["orders"] if row["side"] == "sell"]
    assert story.group.mode == "closed"
    assert sum(D(row["filled"]) for row in truth["orders"] if row["side"] == "buy") == story.group.quantity
    assert sum(D(row["filled"]) for row in sold) == story.group.sold == story.group.quantity
    paid = sum(D(row["spent"]) + D(row["fee"]) for row in truth["orders"] if row["side"] == "buy")
    got = sum(D(row["spent"]) - D(row["fee"]) for row in sold)
    assert story.group.result == got - paid
