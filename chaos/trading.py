"""Kill processes at random while bots trade, then compare our books with the practice exchange's own.

Run in a process whose settings already point at a directory, a database and ports of its own (the command `chaos`).
"""

import contextlib
import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, close_old_connections
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.by import PRODUCT
from chaos import comparing
from chaos.alerts import Alerts
from chaos.control import Control
from chaos.processes import Process, Victim
from exchanges.wire.session import LOOP
from recount.account import Recounted, recount
from strategies.choices import LIVE_STATES, BotState, OrderState, Purpose, StopLevel
from strategies.models import Bot, Feed, Fill, Funds, Instrument, JournalLine, Order
from strategies.stops import flows

# Each exchange, and the coin of its own in which the account pays its fees; "" pays them in what is traded.
EXCHANGES = {
    "binance": "BNB",
    "bitget": "",
    "bingx": "",
    "bybit": "",
    "coinbase": "",
    "gate": "GT",
    "htx": "HT",
    "kucoin": "KCS",
    "mexc": "MX",
    "okx": "",
}
LEVELS = ("medium", "high")
STARTS = {"BTC/USDT": 60000, "ETH/USDT": 3000, "SOL/USDT": 150}
PAIRS = tuple(STARTS)
# Every so many kills all prices fall to this share of their start, for so many kills.
FALLS_EVERY, FALLEN, STAYS_DOWN = 10, 0.88, 4
MONEY = {"USDT": "1000000"}
# Of the coin for fees: enough for some hundred orders, so that now and then fees go over to what is traded.
FEE_MONEY = "30"
# What the trader pays in or takes out by hand, in worth; a deposit or a withdrawal is undone by the next move.
BY_HAND = (-400, 300, 1500)
# What the exchange does to orders: three of ten answers are lost, late or nonsense.
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "late_accept", "method": "POST", "chance": 0.12},
    {"kind": "accept_later", "method": "POST", "chance": 0.1, "ms": 400},
    {"kind": "502", "method": "POST", "chance": 0.08},
    {"kind": "html_200", "method": "POST", "chance": 0.05},
    {"kind": "503", "method": "GET", "chance": 0.05},
    {"kind": "hide_orders", "ms": 500},
    # Young orders were canceled with nothing filled: who believes it buys twice.
    {"kind": "blind_orders", "method": "GET", "chance": 0.1, "ms": 3000},
)
# How long a kill waits for an order to strike at.
MOVES_WITHIN = timedelta(seconds=0.8)
WARM_WITHIN = timedelta(seconds=90)
MOST_OFF = 4
UNHALTED: dict[str, Any] = {"halt_reason": "", "halted_at": None, "halted_by": ""}
SETTLED_WITHIN = timedelta(seconds=120)


@dataclass
class ChaosReport:
    """What a run found; `wrong`, `beyond` (limits that were passed) and `differences` must be empty.

    `late` tells, where a limit was passed, what was filled of orders that had ended by our books.
    """

    seed: int
    kills: dict[str, int] = field(default_factory=dict)
    orders: int = 0
    fills: int = 0
    unknown: int = 0
    seconds: float = 0
    settled_after: float = 0
    toggles: int = 0
    alerts: int = 0
    stops: int = 0
    by_hand: int = 0
    wrong: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.wrong or self.beyond or self.differences)


def persist(act: Callable[[], Any], *, patience: float = 30.0) -> Any:
    """Do something of the rehearsal's own until it goes through: what it needs may just have been killed."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return act()
        except (OSError, DatabaseError, ValueError):
            close_old_connections()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def prepare(
    control: Control,
    *,
    ips: Sequence[str] = ("127.0.0.1",),
    exchanges: Collection[str] = tuple(EXCHANGES),
    **changes: Any,
) -> list[Bot]:
    """Make proven connections with money, and bots on them that open, add and close all the time.

    `ips` are where our workers ask from; `changes` are settings of the bots.
    """
    from chaos import stage

    owner = stage.make_trader("chaos@example.test")
    bots = []
    for exchange in exchanges:
        coin = EXCHANGES[exchange]
        traits = {"traits": {"pays_fees_in": coin}} if coin else {}
        money = {**MONEY, **({coin: FEE_MONEY} if coin else {})}
        account = control("POST", "accounts", slug=exchange, balances={"spot": money}, **traits)["id"]
        keys = control("POST", "keys", slug=exchange, account=account, grants=["read", "trade"], ips=list(ips))
        connection = stage.connect(owner, exchange, keys, account)
        # At Medium the ladders of three falling pairs come up to the hard limit, at High one rarely does.
        bots += [
            stage.add_bot(connection, f"{exchange} {level}", PAIRS, risk_level=level, **changes) for level in LEVELS
        ]
    return bots


def shake(control: Control, rng: random.Random, *, number: int) -> None:
    """Let every price jump: up through take profits, down through the zones of add-ons.

    After every so many kills all fall together and stay down for a while: then every group of a bot wants to add.
    """
    is_down = number >= FALLS_EVERY and number % FALLS_EVERY < STAYS_DOWN
    for pair, start in STARTS.items():
        price = start * (FALLEN if is_down else rng.uniform(0.88, 1.08))
        depth = "1000" if is_down else rng.choice(["0.02", "5", "1000"])
        # A book that ends leaves orders filled in part; one of several prices and parts gives an order many fills, but
        # never more than the hundred of one millisecond that MEXC tells.
        shape = {"liquidity": depth, "levels": rng.choice([1, 1, 4]), "parts": rng.choice([1, 1, 3, 24])}
        control("POST", "price", pair=pair, price=f"{price:.2f}", **shape)


@dataclass
class Hands:
    """The trader's own hands, which pay coins in and take coins out while bots trade.

    `moved` is what lies otherwise now, in worth, by account and pair; `took` names accounts that coins were taken from.
    """

    rng: random.Random
    control: Control
    accounts: Sequence[str]
    moved: dict[tuple[str, str], int] = field(default_factory=dict)
    took: set[str] = field(default_factory=set)

    def move(self) -> None:
        """Undo what was moved of a coin before, or move some of it."""
        place = self.rng.choice(self.accounts), self.rng.choice(PAIRS)
        worth = 0 if self.moved.pop(place, 0) else self.rng.choice(BY_HAND)
        if worth:
            self.moved[place] = worth
        if worth < 0:
            self.took.add(place[0])
        self._bring(place, worth)

    def give_back(self) -> None:
        while self.moved:
            self._bring(self.moved.popitem()[0], 0)

    def _bring(self, place: tuple[str, str], worth: int) -> None:
        account, pair = place
        by_hand = {pair.partition("/")[0]: f"{worth / STARTS[pair]:.5f}"}
        persist(lambda: self.control("PATCH", f"accounts/{account}", by_hand=by_hand))


@dataclass
class Toggles:
    """Authority taken away and given back at random; remembers when each bot had none."""

    rng: random.Random
    bots: Sequence[Bot]
    off: dict[int, float] = field(default_factory=dict)
    without: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    count: int = 0

    def toggle(self) -> None:
        # Some always run: a rehearsal in which most are off trades little.
        off = [bot for bot in self.bots if bot.pk in self.off]
        bot = self.rng.choice(off if len(off) > MOST_OFF else self.bots)
        self.count += 1
        if bot.pk in self.off:
            since = self.off.pop(bot.pk)
            self.without.setdefault(bot.pk, []).append((since, time.time()))
            persist(lambda: Bot.objects.filter(pk=bot.pk).update(**_enabled()))
        else:
            persist(lambda: Bot.objects.filter(pk=bot.pk).update(state=BotState.OFF, **UNHALTED))
            self.off[bot.pk] = time.time()

    def give_back(self) -> None:
        for bot in self.bots:
            if bot.pk in self.off:
                self.without.setdefault(bot.pk, []).append((self.off.pop(bot.pk), time.time()))
                Bot.objects.filter(pk=bot.pk).update(**_enabled())


def _enabled() -> dict[str, Any]:
    """Return what a trader's click makes of a bot, a halted one too: coins were missing that are there again."""
    return {"state": BotState.ENABLED, "enabled_at": timezone.now(), **UNHALTED}


def rehearse(
    control: Control,
    victims: Sequence[Victim],
    bots: Sequence[Bot],
    accounts: Mapping[int, str],
    *,
    kills: int,
    seed: int,
    tell: Callable[[str], None],
    patience: timedelta = MOVES_WITHIN,
    alerts: Alerts | None = None,
) -> ChaosReport:
    """Kill `kills` times, at random moments, then let everything come to rest and compare.

    `accounts` names the exchange's account of each connection; `patience` is a kill's, `alerts` come before each.
    """
    rng, report, started = random.Random(seed), ChaosReport(seed=seed), time.monotonic()
    alerts = alerts or Alerts(rng=rng)
    warm_up(bots, alerts)
    spoil(control)
    toggles, hands = Toggles(rng=rng, bots=bots), Hands(rng=rng, control=control, accounts=list(accounts.values()))
    for number in range(1, kills + 1):
        persist(alerts.act)
        _wait_for_an_order(rng, patience)
        victim = rng.choice(victims)
        victim.kill()
        report.kills[victim.name] = report.kills.get(victim.name, 0) + 1
        victim.start()
        if isinstance(victim, Process) and victim.name == "practice exchange":
            persist(lambda: spoil(control))
        persist(lambda number=number: shake(control, rng, number=number))  # type: ignore[misc]
        _act(rng, toggles, hands)
        if number % 50 == 0:
            tell(f"{number} kills, {persist(Order.objects.count)} orders")
    persist(alerts.give_back)
    rest(control, bots, toggles, report)
    hands.give_back()
    compare(control, bots, accounts, toggles, hands.took, report, alerts)
    report.seconds = round(time.monotonic() - started, 1)
    return report


def spoil(control: Control, faults: Iterable[Mapping[str, Any]] = FAULTS) -> None:
    for fault in faults:
        control("POST", "faults", **fault)


def _act(rng: random.Random, toggles: Toggles, hands: Hands) -> None:
    """Do now and then what a trader does: switch bots, move coins, let bots that halted go on."""
    if rng.random() < 0.3:
        toggles.toggle()
    if rng.random() < 0.1:
        hands.move()
    if rng.random() < 0.1:
        persist(lambda: Bot.objects.filter(state=BotState.HALTED).update(**_enabled()))


def _wait_for_an_order(rng: random.Random, patience: timedelta) -> None:
    """Strike while something happens: soon after the next order is marked sent, or after a while without one."""
    since = timezone.now()
    with contextlib.suppress(TimeoutError):
        wait_until_for(lambda: persist(Order.objects.filter(sent_at__gt=since).exists), patience, pause=0.01)
    time.sleep(rng.uniform(0, 0.06))


def _is_traded(filled: QuerySet[Fill], home: int, alerts: Alerts | None) -> bool:
    """Say whether anything was filled on a connection; if not, ask for it once more."""
    if filled.exists():
        return True
    if alerts:
        alerts.open_on(home)
    return False


def warm_up(bots: Sequence[Bot], alerts: Alerts | None = None) -> None:
    """Wait until orders flow on every exchange: a rehearsal in which nothing is traded would prove nothing."""
    for connection in {bot.connection_id for bot in bots}:
        filled = Fill.objects.filter(connection=connection, order__group__bot__in=bots)
        is_traded = partial(_is_traded, filled, connection, alerts)
        try:
            wait_until_for(is_traded, WARM_WITHIN, pause=1)
        except TimeoutError:
            # Say what stands in the books of a connection on which nothing was traded.
            funds = (
                Funds.objects.filter(connection=connection)
                .values("read_at", "reconciled_at", "look_at", "trouble")
                .first()
            )
            feeds = list(Feed.objects.values("exchange", "looked_at", "look_at", "claim_until", "trouble"))
            prices = list(Instrument.objects.values_list("exchange", "pair", "price", "priced_at", "ruled_at"))
            reasons = list(JournalLine.objects.filter(bot__connection=connection).values_list("action", "reason")[:20])
            orders = list(Order.objects.filter(connection=connection).values_list("purpose", "state", "refusal")[:20])
            states = list(
                Bot.objects.filter(connection=connection).values(
                    "state", "step_at", "claimed_until", "fence", "entry_reasons_json"
                )
            )
            raise TimeoutError(f"{timezone.now()} {funds=} {feeds=} {prices=} {reasons=} {orders=} {states=}") from None


def rest(control: Control, bots: Sequence[Bot], toggles: Toggles, report: ChaosReport) -> None:
    """End the faults, stop all orders, and wait until none is in question any more.

    What is compared must stand still: an exit between the look at their books and at ours would be a difference.
    """
    persist(lambda: control("DELETE", "faults"))
    persist(toggles.give_back)
    for bot in bots:
        persist(lambda bot=bot: flows.pause_bot(bot, StopLevel.ADD_ONS, by=PRODUCT))  # type: ignore[misc]
    persist(lambda: flows.pause_everybody(StopLevel.ORDERS, by=PRODUCT))
    # What is only intended cannot leave any more.
    calm, began = Order.objects.filter(state__in=LIVE_STATES).exclude(state=OrderState.INTENDED), time.monotonic()
    try:
        wait_until_for(lambda: not persist(calm.exists), SETTLED_WITHIN)
    except TimeoutError:
        report.wrong += [
            f"still in question after {SETTLED_WITHIN.seconds} s: order {order.pk}, {order.purpose}, {order.state},"
            f" sent {order.sent_at}, asked about again {order.look_at}, look-ups lost in a row: {order.lost_looks}"
            for order in calm.order_by("pk")
        ]
    report.settled_after = round(time.monotonic() - began, 1)


def wait_until_for(is_so: Callable[[], bool], patience: timedelta, *, pause: float = 0.2) -> None:
    deadline = time.monotonic() + patience.total_seconds()
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(pause)


def compare(
    control: Control,
    bots: Sequence[Bot],
    accounts: Mapping[int, str],
    toggles: Toggles,
    took: Collection[str],
    report: ChaosReport,
    alerts: Alerts | None = None,
) -> None:
    alerts = alerts or Alerts(rng=toggles.rng)
    report.toggles, report.by_hand = toggles.count, len(took)
    report.alerts, report.stops = alerts.sent - alerts.refused, alerts.thrown
    report.orders = Order.objects.filter(sends__gt=0).count()
    report.unknown = Order.objects.filter(absences__gt=0).count()
    without = {
        purpose: {
            bot.pk: toggles.without.get(bot.pk, []) + alerts.without.get(purpose, {}).get(bot.pk, []) for bot in bots
        }
        for purpose in Purpose
    }
    for connection in {bot.connection for bot in bots}:
        account = accounts[connection.pk]
        truth = persist(lambda account=account: control("GET", f"truth?account={account}"))  # type: ignore[misc]
        found = comparing.compare(connection, truth, without, is_short=account in took)
        report.fills += found.fills
        report.wrong += [f"{account}: {text}" for text in found.wrong]
        passed = len(report.beyond)
        keep(recount(connection), account, report)
        if len(report.beyond) > passed:
            report.late += late_fills(connection.pk)
    LOOP.close()


def late_fills(connection: int) -> Iterator[str]:
    """Tell what was filled of orders that had ended by our books: their money may have been spent again by then."""
    late = Fill.objects.filter(connection=connection, recorded_at__gt=F("order__ended_at") + timedelta(seconds=1))
    for fill in late.select_related("order").order_by("pk"):
        order = fill.order
        yield (
            f"filled late: order {order.pk}, {order.purpose}, sent {order.sent_at}, "
            f"taken back {order.cancel_asked_at}, ended {order.ended_at}, "
            f"filled for {fill.cost} {fill.at}, known {fill.recorded_at}"
        )


def keep(found: Recounted, account: str, report: ChaosReport) -> None:
    """Keep what the auditor says of a connection; where all stands still, what it could not read is a difference."""
    for row in found.differences:
        kept = report.beyond if row.code.startswith("limit.") else report.differences
        kept.append(f"{account}: {row.code}: {row.where}: {row.there} there, {row.here} here")
    report.differences += [f"{account}: not read: {text}" for text in found.unread]


def lines(report: ChaosReport) -> Iterator[str]:
    total = sum(report.kills.values())
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(report.kills.items()))
    yield f"seed {report.seed}: {total} kills ({kinds}) and {report.toggles} switches in {report.seconds:g} s"
    if report.alerts:
        yield f"{report.alerts} alerts taken, {report.stops} stops thrown and taken back"
    yield f"coins were taken out of {report.by_hand} accounts by hand for a while"
    yield f"{report.orders} orders sent, {report.unknown} looked up in vain at least once, {report.fills} fills"
    yield f"all questions settled {report.settled_after:g} s after the last fault"
    yield "0 doubled, 0 lost, 0 without authority" if not report.wrong else "\n".join(report.wrong)
    yield f"{len(report.beyond)} beyond a limit, {len(report.differences)} differences"
    yield from (*report.beyond, *report.late, *report.differences)
