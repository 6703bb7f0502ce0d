"""Whatever happens in whatever order: no order leaves without authority, none twice, and every fill is in the books."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any, NoReturn

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.by import PRODUCT, By
from accounts.models import User
from connections import desks
from connections.models import Connection, ExchangePause
from exchanges.errors import Cause, ExchangeError, Trouble
from exchanges.values import (
    NewOrder,
    OrderNotSentError,
    OrderRefusedError,
    OrderReport,
    OrderSide,
    OrderUnknownError,
    RefusalReason,
    ReportedState,
    TradeFill,
)
from strategies import claims, halts
from strategies.bots import flows
from strategies.choices import LIVE_STATES, BotState, StopLevel
from strategies.execution import lookup, send
from strategies.models import Bot, Fill, Funds, Group, Instrument, Order, StopSwitch, signals
from strategies.models.stops import ORDER as LEVELS
from strategies.models.stops import hardest
from strategies.runner import step as stepping
from strategies.signals import handler
from strategies.stops import flows as stopping
from tests.accounts.factories import make_user
from tests.connections.factories import make_connection
from tests.strategies import rows
from tests.strategies.factories import make_bot

pytestmark = pytest.mark.services
# A nightly run asks for more: each example is some fifty decisions.
EXAMPLES = int(os.environ.get("ORDER_EXAMPLES", "8"))
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
WHICH = st.integers(min_value=0, max_value=1)
PRICES = st.sampled_from(["30000", "29100", "28000", "30600", "27000", "31500"])
AWAY = [
    "bot",
    "proof",
    "trouble",
    "trouble",
    "owner",
    "books",
    "claim",
    "day",
    "groups",
    "entries",
    "add-ons",
    "orders",
]
# What becomes of the next order: taken in some way and told, taken and not told, not taken.
FATES = st.sampled_from(["filled", "partly", "rests", "refused", "unsent", "lost but taken", "lost", "lost"])
# The mildest stop that holds an order of this purpose.
HELD_FROM = {"entry": StopLevel.ENTRIES, "add_on": StopLevel.ADD_ONS, "exit": StopLevel.ORDERS}
SEEN: Counter[str] = Counter()
DOWN = Trouble(cause=Cause.UNAVAILABLE)


@dataclass
class Exchange:
    """The other side: takes orders by the fate that is set, and tells of them unless it hides or is down."""

    fate: str = "filled"
    is_hiding: bool = False
    is_down: bool = False
    taken: dict[str, OrderReport] = field(default_factory=dict)
    wanted: dict[str, NewOrder] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)
    accepted: Counter[str] = field(default_factory=Counter)

    async def place(self, key: object, order: NewOrder, *, not_after: float) -> OrderReport:
        if self.fate == "unsent":
            raise OrderNotSentError
        self.attempts.append(order.client_id)
        if self.fate == "refused":
            raise OrderRefusedError(RefusalReason.FUNDS, DOWN)
        if self.fate != "lost":
            self._take(order)
        if self.fate.startswith("lost"):
            raise OrderUnknownError(DOWN)
        return self.taken[order.client_id]

    def _take(self, order: NewOrder) -> None:
        self.accepted[order.client_id] += 1
        self.wanted[order.client_id] = order
        part = {"filled": D(1), "lost but taken": D(1), "partly": D("0.5")}.get(self.fate, D(0))
        state = (
            ReportedState.OPEN
            if self.fate == "rests"
            else ReportedState.FILLED
            if part == 1
            else ReportedState.CANCELED
        )
        self._tell(order.client_id, state, order.quantity * part)

    def _tell(self, client_id: str, state: ReportedState, filled: D) -> None:
        self.taken[client_id] = OrderReport(
            exchange_id=f"x{client_id}", client_id=client_id, state=state, filled=filled, at=None
        )

    async def quotes(self, pairs: object) -> NoReturn:
        raise ExchangeError(DOWN)

    async def find(self, key: object, *, client_id: str, **_: object) -> OrderReport | None:
        if self.is_down:
            raise ExchangeError(DOWN)
        return None if self.is_hiding else self.taken.get(client_id)

    async def fills(self, key: object, *, exchange_id: str, **_: object) -> list[TradeFill]:
        report, order = self.taken[exchange_id[1:]], self.wanted[exchange_id[1:]]
        return [
            TradeFill(
                trade_id=f"t{exchange_id}",
                exchange_id=exchange_id,
                side=OrderSide(order.side),
                price=order.price,
                quantity=report.filled,
                cost=order.price * report.filled,
                fee=report.filled * order.price / 1000,
                fee_asset="USDT",
                at=timezone.now(),
            )
        ]

    async def cancel(self, key: object, *, client_id: str, **_: object) -> None:
        report = self.taken.get(client_id)
        if report and report.state is ReportedState.OPEN:
            self._tell(client_id, ReportedState.CANCELED, report.filled)


def authority(order: Order, now: datetime) -> str:
    """Say what is missing for this order to leave now, told from the rows and not in one statement; "" for nothing."""
    bot, home, group = order.bot, order.connection, order.group
    own = StopSwitch.objects.filter(owner=home.owner).values_list("level", flat=True).first() or ""
    everybody = StopSwitch.objects.filter(is_global=True).values_list("level", flat=True).first() or ""
    level = hardest(bot.paused, own, everybody)
    is_exit = order.purpose == "exit"
    is_waiting = bot.state == BotState.HALTED and bot.halted_by == "trouble"
    is_running = (bot.state == BotState.ENABLED or (is_exit and is_waiting)) and bot.deleted_at is None
    is_asked = order.purpose == "exit" and group.close_asked_at is not None
    funds = Funds.objects.filter(connection=home).first()
    pause = ExchangePause.objects.current(home.exchange, home.venue, now)
    compared_as_of = desks.compared_as_of(pause, now) if is_exit else now
    factors = Authenticator.objects.filter(user=home.owner).exclude(type="recovery_codes")
    is_behind = group.is_behind or (not is_exit and funds is not None and funds.restored_from is not None)
    lacks = {
        "proof": not (home.has_proof(now) if is_exit else home.is_proven(now)),
        "owner": not home.owner.is_active,
        "books": funds is None or not funds.is_reconciled(compared_as_of),
        "what was ordered since a backup": is_behind,
        "the adopted coins": group.is_unseen,
        "an exchange to ask": pause is not None and (not is_exit or pause.is_total),
        "a second factor": not is_exit and not home.is_practice and not factors.exists(),
        "a running bot": not is_asked and not is_running,
        "the claim": bot.fence != order.fence,
        "an open group": not group.is_open,
        "a bot that opens groups": order.purpose == "entry" and bot.winding_down_at is not None,
        "a group to buy for": order.side == "buy" and group.close_asked_at is not None,
        "no stop": LEVELS.index(level) >= LEVELS.index(HELD_FROM[order.purpose]),
    }
    return ", ".join(name for name, is_missing in lacks.items() if is_missing)


class Trade(RuleBasedStateMachine):
    """Two bots of one trader on one connection, on real rows; each example is undone at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.clock = time_machine.travel(START, tick=False)
        self.time = self.clock.start()
        self.patch, self.loop = pytest.MonkeyPatch(), asyncio.new_event_loop()
        self.exchange = Exchange()
        self.proven_absent: set[str] = set()
        self.patch.setattr(desks, "open_key", lambda *_, **__: object())
        self.patch.setattr(desks, "answer", self.answer)
        self.patch.setattr(handler, "TRIES", 1)
        # In a rush look-ups would wait.
        self.patch.setattr(signals, "RUSH", 10**9)
        owner = make_user()
        self.home = make_connection(owner=owner, passed_at=START)
        settings: dict[str, Any] = {
            "margin_limit": D(2000),
            "cool_down_minutes": 0,
            "re_entry_minutes": 0,
            "base_order": D(100),
        }
        self.bots = [
            make_bot(connection=self.home, state="enabled", **settings),
            make_bot(connection=self.home, state="enabled", entry_source="immediate", order_kind="limit", **settings),
        ]
        rows.make_price(price="30000", price_step=D("0.01"))
        rows.make_funds(bot=self.bots[0], reconciled_at=START)
        Funds.objects.update(balances_json={"USDT": {"free": "100000", "total": "100000"}})
        # With a group that is open, few examples see all kinds of orders.
        self.a_signal_comes("long", "filled")
        self.time_passes(11)
        self.look_up_what_is_due()

    def teardown(self) -> None:
        self.patch.undo()
        self.loop.close()
        self.clock.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def answer(self, _exchange: str, _venue: str, call: Callable[[Any], Coroutine[Any, Any, Any]], **_: Any) -> Any:
        """Stand where an exchange would, and look at everything the very moment an order leaves."""
        before = len(self.exchange.attempts)
        try:
            return self.loop.run_until_complete(call(self.exchange))
        finally:
            for client_id in self.exchange.attempts[before:]:
                self.look_at(Order.objects.get(client_id=client_id))

    def look_at(self, order: Order) -> None:
        is_again = self.exchange.attempts.count(order.client_id) > 1
        SEEN[f"{order.purpose} again" if is_again else order.purpose] += 1
        assert not (missing := authority(order, timezone.now())), f"{order.purpose} left without {missing}"
        assert order.state == "sent"
        assert not is_again or order.client_id in self.proven_absent, "sent again and not proven absent"

    def bot(self, which: int) -> Bot:
        return Bot.objects.select_related("connection__owner").get(pk=self.bots[which].pk)

    # What takes the authority away, and gives it back

    @rule(what=st.sampled_from(AWAY), which=WHICH)
    def something_is_taken_away(self, what: str, which: int) -> None:
        acts: dict[str, Callable[[], object]] = {
            "bot": lambda: flows.disable_bot(self.bot(which), by=PRODUCT),
            "entries for good": lambda: flows.wind_down_bot(self.bot(which), by=PRODUCT),
            "proof": lambda: self.a_check_fails(),
            "trouble": lambda: self.nobody_can_ask(),
            "owner": lambda: User.objects.update(is_active=False),
            "books": lambda: Funds.objects.update(reconciled_at=timezone.now() - timedelta(seconds=61)),
            "claim": lambda: Bot.objects.update(claim="another", claimed_until=timezone.now(), fence=F("fence") + 1),
            "day": lambda: self.time.shift(timedelta(days=1)),
            "groups": lambda: self.let_go(which, "release"),
            "entries": lambda: stopping.pause_bot(self.bot(which), StopLevel.ENTRIES, by=PRODUCT),
            "add-ons": lambda: stopping.pause_trader(self.home.owner, StopLevel.ADD_ONS, by=PRODUCT),
            "orders": lambda: stopping.pause_everybody(StopLevel.ORDERS, by=PRODUCT),
        }
        acts[what]()

    def a_check_fails(self) -> None:
        halts.halt(self.home.pk, reason="key.invalid", is_temporary=False)
        Connection.objects.update(status="error", passed_revision=None)

    def nobody_can_ask(self) -> None:
        halts.halt(self.home.pk, reason="reach.unavailable", is_temporary=True)
        Connection.objects.filter(status="online").update(status="error")

    @rule()
    def trouble_ends(self) -> None:
        if Connection.objects.filter(status="error", passed_revision=F("revision")).update(status="online"):
            flows.go_on(self.home.pk)

    @rule()
    def everything_is_given_back(self) -> None:
        now = timezone.now()
        User.objects.update(is_active=True)
        Connection.objects.update(status="online", passed_at=now, passed_revision=F("revision"))
        Funds.objects.update(reconciled_at=now, read_at=now)
        StopSwitch.objects.all().delete()
        Bot.objects.update(paused="")
        for which in range(len(self.bots)):
            flows.enable_bot(self.bot(which), by=PRODUCT)

    @rule(which=WHICH, act=st.sampled_from(["close", "close", "release"]))
    def let_go(self, which: int, act: str) -> None:
        for group in Group.objects.open().filter(bot=self.bots[which]).select_related("bot", "connection"):
            if act == "close":
                stopping.close_groups([group], by=By(user=self.home.owner))
            else:
                stopping.release_group(group, by=By(user=self.home.owner))

    # What the exchange does

    @rule(is_hiding=st.booleans(), is_down=st.booleans())
    def the_exchange_hides(self, is_hiding: bool, is_down: bool) -> None:
        """It may lag behind for seconds; what it has not shown after twenty of them is not there."""
        self.exchange.is_hiding, self.exchange.is_down = is_hiding, is_down

    @rule(seconds=st.sampled_from([1, 11, 25, 61]))
    def time_passes(self, seconds: int) -> None:
        self.time.shift(timedelta(seconds=seconds))
        self.the_price_is(str(Instrument.objects.get().price))
        Funds.objects.update(reconciled_at=timezone.now(), read_at=timezone.now())

    def the_price_is(self, price: str) -> None:
        Instrument.objects.update(price=D(price), bid=D(price), ask=D(price), priced_at=timezone.now())

    # What workers do

    @rule(wish=st.sampled_from(["long", "long", "close"]), fate=FATES)
    def a_signal_comes(self, wish: str, fate: str) -> None:
        self.exchange.fate = fate
        handler.handle(rows.make_signal(bot=self.bots[0], wish=wish, received_at=timezone.now()).pk)

    @rule(price=PRICES, fate=FATES, what=st.sampled_from([*AWAY, *[""] * 20]), which=WHICH)
    def a_second_passes(self, price: str, fate: str, what: str, which: int) -> None:
        """Decide, and send what was decided; in between something may be taken away."""
        self.exchange.fate = fate
        self.time.shift(timedelta(seconds=1))
        self.the_price_is(price)
        self.step()
        if what:
            self.something_is_taken_away(what, which)
        self.send_what_is_written_down()

    @rule(fate=FATES, seconds=st.sampled_from([1, 15, 31]))
    def a_fall_passes(self, fate: str, seconds: int) -> None:
        """Fall into the next zone, be looked up, and rise to the take profit."""
        for price, passes in (("30000", 1), ("29000", seconds), ("29000", seconds), ("31500", 1), ("31500", seconds)):
            self.time_passes(passes)
            self.look_up_what_is_due()
            self.a_second_passes(price, fate, "", 0)

    @rule()
    def nothing_of_a_fall_arrives(self) -> None:
        """With every right given back first: so that few examples see an order that is sent again."""
        self.the_exchange_hides(is_hiding=False, is_down=False)
        self.everything_is_given_back()
        self.a_fall_passes("lost", 31)
        self.look_up_what_is_due()
        self.a_second_passes("28900", "lost", "", 0)

    @rule()
    def step(self) -> None:
        now = timezone.now()
        Bot.objects.update(step_at=now)
        bots = claims.claim_due([bot.pk for bot in self.bots], now=now)
        instruments = Instrument.objects.at("kucoin", "practice").known(["BTC/USDT"])
        stepping.step(bots, instruments, exchange="kucoin", venue="practice", now=now)

    @rule()
    def send_what_is_written_down(self) -> None:
        for pk in list(Order.objects.filter(state="intended").values_list("pk", flat=True)):
            send.send(pk)

    @rule()
    def every_message_comes_again(self) -> None:
        for pk in list(Order.objects.values_list("pk", flat=True)):
            send.send(pk)

    @rule()
    def look_up_what_is_due(self) -> None:
        for order in Order.objects.to_look_up(timezone.now()):
            is_old = order.sent_at and timezone.now() - order.sent_at > timedelta(seconds=20)
            if self.exchange.is_hiding and is_old and order.client_id in self.exchange.taken:
                continue
            lookup.look_up(order.pk)
            if Order.objects.filter(pk=order.pk, state="absent").exists():
                assert order.client_id not in self.exchange.taken
                self.proven_absent.add(order.client_id)

    # What must hold

    @invariant()
    def no_order_was_taken_twice(self) -> None:
        assert all(count == 1 for count in self.exchange.accepted.values())

    @invariant()
    def a_group_has_one_live_order_and_a_pair_one_open_group(self) -> None:
        live = Order.objects.filter(state__in=LIVE_STATES).values("group").annotate(count=Count("pk"))
        assert all(row["count"] == 1 for row in live)
        open_ones = Group.objects.open().values("bot", "pair").annotate(count=Count("pk"))
        assert all(row["count"] == 1 for row in open_ones)

    @invariant()
    def nothing_is_counted_that_was_not_filled(self) -> None:
        for fill in Fill.objects.select_related("order"):
            assert fill.quantity == self.exchange.taken[fill.order.client_id].filled <= fill.order.quantity

    @invariant()
    def what_is_over_is_in_the_books(self) -> None:
        for order in Order.objects.filter(state__in=("filled", "canceled"), ended_at__isnull=False):
            assert order.filled == self.exchange.taken[order.client_id].filled

    @invariant()
    def no_group_sells_more_than_it_bought(self) -> None:
        assert all(group.held >= 0 for group in Group.objects.all())

    @invariant()
    def nothing_waits_for_ever(self) -> None:
        """An order in question is asked about again; only what is not sent yet or over may have no moment."""
        assert not Order.objects.filter(state__in=LIVE_STATES, look_at=None).exists()


@pytest.mark.django_db
def test_no_order_of_events_lets_an_order_leave_without_authority_or_twice() -> None:
    run_state_machine_as_test(
        Trade,
        settings=hypothesis_settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert SEEN.keys() >= {"entry", "add_on", "exit"}
    assert any(kind.endswith("again") for kind in SEEN)
