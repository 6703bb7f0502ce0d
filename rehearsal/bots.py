"""The second scene: on each exchange a bot opens by an alert, adds in a fall, and closes with profit in a rise."""

import contextlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from accounts.by import PRODUCT
from exchanges import registry
from rehearsal import keys
from rehearsal.browser import Browser
from rehearsal.enclosure import EXCHANGE
from rehearsal.table import Table, TableCell
from rehearsal.waiting import NeverError, wait_for
from rehearsal.world import WEB

if TYPE_CHECKING:
    from connections.models import Connection
    from rehearsal.world import Stage
    from strategies.models import Bot

PAIR, MONEY = "BTC/USDT", {"USDT": "1000000"}
START, FALLEN, RISEN = "60000", "58500", "61500"
# More than all bots together want at one moment.
DEEP = "1000"
STEPS = ("opened", "added", "closed")
ENDED_WITHIN = 60.0


@dataclass(frozen=True)
class Seat:
    """A connection with money, proven by its check, the exchange's account behind it, and its trader."""

    slug: str
    connection: "Connection"
    account: str
    trader: Browser


def seat(stage: "Stage", slugs: Collection[str]) -> list[Seat]:
    """Let a new trader connect an account with money on each exchange; leave out what does not become Online."""
    from connections.models import Connection

    trader, email = stage.trader()
    accounts = {}
    for slug in slugs:
        accounts[slug] = stage.control("POST", "accounts", slug=slug, balances={"spot": MONEY})["id"]
        made = stage.control(
            "POST", "keys", slug=slug, account=accounts[slug], grants=["read", "trade"], ips=[EXCHANGE]
        )
        wanted = {one.name for one in registry.get(slug).credentials}
        keys.enter(trader, slug, {name: made[name] for name in wanted}, slug)
    keys.ended(email)
    online = Connection.objects.filter(owner__email=email, status="online").order_by("pk")
    return [Seat(one.exchange, one, accounts[one.exchange], trader) for one in online.select_related("owner")]


def play(stage: "Stage", seats: Collection[Seat], table: Table) -> None:
    from chaos import stage as rows
    from strategies.signals import inbox

    stage.control("POST", "price", pair=PAIR, price=START, liquidity=DEEP)
    bots, tokens = {}, {}
    for one in seats:
        bots[one.slug] = rows.add_bot(one.connection, f"{one.slug} alerts", (PAIR,), entry_source="webhook")
        tokens[one.slug] = inbox.make_address(bots[one.slug], by=PRODUCT)
    _wait_for_books(seats)
    for slug, token in tokens.items():
        status = Browser(WEB).alert(f"/signals/{token}/", pair=PAIR, direction="long")
        if status != 202:
            table.put(slug, "opened", TableCell(f"the alert was answered {status}", is_ok=False))
    _step(bots, table, "opened", lambda bot: _filled(bot, "entry"))
    stage.control("POST", "price", pair=PAIR, price=FALLEN, liquidity=DEEP)
    _step(bots, table, "added", lambda bot: _filled(bot, "add_on"))
    stage.control("POST", "price", pair=PAIR, price=RISEN, liquidity=DEEP)
    _step(bots, table, "closed", _is_closed)
    for one in seats:
        _hold_against_truth(stage, one, table)


def _wait_for_books(seats: Collection[Seat]) -> None:
    from strategies.models import Funds, Instrument

    ids = [one.connection.pk for one in seats]
    compared = Funds.objects.filter(connection__in=ids, reconciled_at__isnull=False)
    priced = Instrument.objects.filter(pair=PAIR, venue="live", price__isnull=False, ruled_at__isnull=False)
    with contextlib.suppress(NeverError):
        wait_for(lambda: compared.count() == len(ids) <= priced.count(), ENDED_WITHIN, "books and prices")


def _step(bots: dict[str, "Bot"], table: Table, column: str, is_done: Callable[["Bot"], bool]) -> None:
    """Wait for all bots, then note each; one that an earlier step stopped cannot be waited for."""
    going = {
        slug: bot
        for slug, bot in bots.items()
        if all(cell.is_ok for column, cell in table.rows.get(slug, {}).items() if column in STEPS)
    }
    with contextlib.suppress(NeverError):
        wait_for(lambda: all(map(is_done, going.values())), ENDED_WITHIN, column)
    for slug, bot in bots.items():
        if slug in going and is_done(bot):
            table.put(slug, column, TableCell(_fills(bot), is_ok=True))
        elif slug in going:
            table.put(slug, column, TableCell(_why(bot), is_ok=False))
        else:
            table.put(slug, column, TableCell("stopped before", is_ok=False))


def _filled(bot: "Bot", purpose: str) -> bool:
    from strategies.models import Order

    return Order.objects.filter(group__bot=bot, purpose=purpose, state="filled").exists()


def _is_closed(bot: "Bot") -> bool:
    from strategies.models import Group

    return Group.objects.filter(bot=bot, mode="closed").exists()


def _fills(bot: "Bot") -> str:
    from strategies.models import Fill

    count = Fill.objects.filter(order__group__bot=bot).count()
    return f"{count} fill" + ("s" if count > 1 else "")


def _why(bot: "Bot") -> str:
    """Say what the bot itself says, and how its orders stand."""
    from strategies.models import JournalLine, Order

    said = JournalLine.objects.filter(bot=bot).order_by("-pk").values_list("action", "reason")[:3]
    orders = Order.objects.filter(group__bot=bot).values_list("purpose", "state", "refusal")
    return f"{list(said)} {list(orders)}"


def _hold_against_truth(stage: "Stage", one: Seat, table: Table) -> None:
    """Say whether the exchange accepted what the bot believes, and nothing else."""
    from chaos import comparing

    truth: Any = stage.control("GET", f"truth?account={one.account}")
    wrong = comparing.compare(one.connection, truth, {}).wrong
    sides = [row["side"] for row in truth["orders"] if Decimal(row["filled"])]
    if sides[:1] != ["buy"] or sides.count("buy") < 2 or "sell" not in sides:
        wrong.append(f"orders at the exchange: {sides}")
    if wrong:
        table.put(one.slug, "closed", TableCell("; ".join(wrong), is_ok=False))
