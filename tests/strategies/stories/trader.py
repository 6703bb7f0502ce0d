"""What a worker does for a trading bot, by hand and in order, so that a test can stand between two steps."""

import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.by import PRODUCT
from chaos import comparing
from connections.models import Connection
from exchanges import registry
from strategies.execution import lookup, reconcile, send
from strategies.models import Bot, Feed, Fill, Funds, Group, JournalLine, Order, Signal
from strategies.runner import watch
from strategies.signals import handler, inbox
from tests.accounts.factories import make_user
from tests.connections.practising import add
from tests.practice.rig import Rig, rights_of

_numbers = itertools.count(1)
MONEY = {"USDT": "10000", "BTC": "0", "ETH": "0"}


def add_funded(rig: Rig, exchange: str, kind: str = "", **more: Any) -> tuple[Connection, str, dict[str, str]]:
    """Add a connection with a good key to an account of its own; return all three."""
    account = rig.new_account(exchange, kind, **({"balances": {"spot": MONEY}} | more))["id"]
    keys = rig.new_key(exchange, account=account, ips=["127.0.0.1"], **rights_of(exchange, kind, ["read", "trade"]))
    return add(make_user(), keys, exchange=exchange), account, keys


@dataclass
class Trader:
    """One bot, its account at the practice exchange, and what was sent to the broker."""

    rig: Rig
    bot: Bot
    account: str
    woken: list[tuple[str, int]]
    keys: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def price(self, price: str, *, pair: str = "BTC/USDT", liquidity: str = "1000000") -> None:
        """Set the price, and all that the book holds, at one price on each side."""
        self.rig.control("POST", "price", pair=pair, price=price, liquidity=liquidity, levels=1)

    def dip(self, price: str, *, liquidity: str, pair: str = "BTC/USDT") -> None:
        """Let the price be there for one millisecond: an order that rests meets what the book offers then just once."""
        back = self.rig.control("GET", f"price?pair={pair}")[pair]
        self.rig.control("POST", "price", pair=pair, points=[[0, price], [1, back]], liquidity=liquidity, levels=1)

    def look(self, now: datetime | None = None) -> None:
        """Compare books, watch the feed, and do what that woke."""
        Funds.objects.filter(connection=self.bot.connection).update(look_at=timezone.now())
        reconcile.reconcile(self.bot.connection_id)
        self.watch()

    def watch(self) -> None:
        """Step once: prices, decisions, orders; then do what that woke."""
        self.step()
        self.work()

    def step(self) -> None:
        """Step once; what was decided is written down, and nothing is sent yet."""
        Bot.objects.filter(pk=self.bot.pk).update(step_at=timezone.now())
        feed = Feed.objects.get(exchange=self.bot.connection.exchange, venue=self.bot.connection.venue)
        Feed.objects.filter(pk=feed.pk).update(look_at=timezone.now(), claim_until=None)
        watch.watch(feed.pk)

    def intend(self) -> Order:
        """Let the bot decide to open a group by itself; its order is written down and not sent."""
        self.set(entry_source="immediate", re_entry_minutes=0)
        self.step()
        assert self.order.state == "intended", self.reasons()
        return self.order

    def lose(self, kind: str = "502", **more: Any) -> None:
        """Break the next request that sends something: "502" never reaches the exchange, "late_accept" does."""
        self.rig.fault(kind, method="POST", count=1, slug=self.bot.connection.exchange, **more)

    def ask(self, order: Order | None = None) -> Order:
        """Look the newest order up, whenever it would have been due."""
        order = order or self.order
        Order.objects.filter(pk=order.pk).update(look_at=timezone.now())
        lookup.look_up(order.pk)
        order.refresh_from_db()
        return order

    def refuse(self, code: str = "200004", text: str = "Balance insufficient!") -> None:
        """Let KuCoin refuse the next order in its own words."""
        self.lose("answer", body={"code": code, "msg": text})

    def hide(self) -> None:
        """Let the exchange tell nothing of its orders until `show`."""
        self.rig.fault("hide_orders", ms=10**9, slug=self.bot.connection.exchange)

    def blind(self, ms: int = 10**9) -> None:
        """Let the exchange say of orders younger than this that they ended with nothing filled."""
        self.rig.fault("blind_orders", ms=ms, slug=self.bot.connection.exchange)

    def show(self) -> None:
        self.rig.control("DELETE", "faults")

    def forget(self) -> Order:
        """Let the newest order be accepted without our knowing it, and be given up."""
        order = self.never_arrived()
        Bot.objects.filter(pk=self.bot.pk).update(state="off")
        assert self.ask(order).state == "dropped"
        self.show()
        Bot.objects.filter(pk=self.bot.pk).update(state="enabled")
        return order

    def never_arrived(self) -> Order:
        """Let so much time pass that the newest order counts as absent."""
        self.age(30)
        self.ask()
        assert self.ask().state == "absent"
        return self.order

    def set(self, **fields: Any) -> None:
        """Change the bot's row as it stands."""
        Bot.objects.filter(pk=self.bot.pk).update(**fields)
        self.bot.refresh_from_db()

    def work(self) -> None:
        while self.woken:
            task, row = self.woken.pop(0)
            {
                "strategies.send_order": send.send,
                "strategies.handle_signal": handler.handle,
                "strategies.look_up": lookup.look_up,
            }.get(task, lambda _: None)(row)

    def at(self, price: str) -> None:
        """Move the price, then step."""
        self.price(price)
        self.watch()

    def signal(self, wish: str = "long", **fields: Any) -> Signal | None:
        """Send an alert as TradingView would, and handle it."""
        self.token = self.token or inbox.make_address(self.bot, by=PRODUCT)
        alert = {"pair": "BTC/USDT", "direction": wish, "id": str(next(_numbers)), **fields}
        signal = inbox.receive(self.token, json.dumps(alert).encode(), now=timezone.now())
        if signal:
            handler.handle(signal.pk)
            signal.refresh_from_db()
        return signal

    def recover_since(self, *, days: int) -> None:
        """Let the group be in Recovery Mode for so long already."""
        since = timezone.now() - timedelta(days=days)
        Group.objects.filter(pk=self.group.pk).update(recovery_since=since, recovery_began_at=since)

    @property
    def group(self) -> Group:
        return Group.objects.filter(bot=self.bot).latest("pk")

    @property
    def order(self) -> Order:
        return Order.objects.filter(bot=self.bot).latest("pk")

    def orders(self) -> list[tuple[str, str]]:
        return list(Order.objects.filter(bot=self.bot).order_by("pk").values_list("purpose", "state"))

    def reasons(self) -> list[str]:
        return list(JournalLine.objects.filter(bot=self.bot).order_by("pk").values_list("reason", flat=True))

    def truth(self) -> Any:
        truth = self.rig.control("GET", f"truth?slug={self.bot.connection.exchange}&account={self.account}")
        # Gate wants its own letters before a client id.
        prefix = registry.get(self.bot.connection.exchange).trading.id_prefix
        for row in truth["orders"]:
            row["client_id"] = row["client_id"].removeprefix(prefix)
        return truth

    def wrong(self) -> list[str]:
        """Return what differs between our books and the exchange's own, in decimals."""
        return comparing.compare(self.bot.connection, self.truth(), {}).wrong

    def age(self, seconds: float) -> None:
        """Let every order and group look older by so much."""
        by = timedelta(seconds=seconds)
        for order in Order.objects.filter(bot=self.bot):
            sent = order.sent_at - by if order.sent_at else None
            look = order.look_at - by if order.look_at else None
            told = order.end_told_at - by if order.end_told_at else None
            times = {"created_at": order.created_at - by, "sent_at": sent, "look_at": look, "end_told_at": told}
            Order.objects.filter(pk=order.pk).update(**times)
        for group in Group.objects.filter(bot=self.bot, closed_at__isnull=False):
            Group.objects.filter(pk=group.pk).update(closed_at=group.closed_at - by)  # type: ignore[operator]

    def bought(self) -> Decimal:
        return sum((fill.quantity for fill in Fill.objects.filter(order__bot=self.bot)), Decimal(0))
