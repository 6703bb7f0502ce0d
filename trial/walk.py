"""The way through an exchange with one key: what is asked in which order, and what came of each question."""

import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from functools import partial
from typing import TypeVar

from connections.check import observe
from connections.check.facts import Facts
from connections.check.verdict import Verdict, judge
from exchanges.desk.desk import Desk
from exchanges.errors import ExchangeError, RawAnswer
from exchanges.rights import KeyState, Right
from exchanges.spec import Ask
from exchanges.values import (
    Balances,
    Credentials,
    NewOrder,
    OrderNotSentError,
    OrderRefusedError,
    OrderReport,
    OrderSide,
    OrderUnknownError,
    Quote,
    RefusalReason,
    ReportedState,
    Rules,
)
from exchanges.wire.ccxt_object import Lender
from exchanges.wire.session import TAP

T = TypeVar("T")
LOOK_BACK = timedelta(days=1)
MOST_ORDERS = 5
SECONDS_TO_SEND = 5.0
# How far below the market the one order may rest: an exchange may refuse a price that is farther away.
BELOW = (Decimal("0.20"), Decimal("0.10"), Decimal("0.04"))
# What it must be worth beyond the least that is taken, so that a falling price does not make it too small.
SPARE = Decimal("1.05")
FORESEEN = (RefusalReason.PRICE_BAND, RefusalReason.BELOW_MINIMUM)
# Not every exchange tells the least worth of an order: what is tried next, in dollars of any kind.
DOLLARS, WORTHS = ("USDT", "USDC", "USD"), (Decimal(5), Decimal(10))


@dataclass(frozen=True, kw_only=True)
class SeenAnswer:
    """One answer, raw: it never leaves this process."""

    method: str
    path: str
    answer: RawAnswer = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class WalkStep:
    """One thing that was tried. `said` tells what came of it in words of ours; `code` is the exchange's own."""

    name: str
    said: str
    is_good: bool
    code: str = ""
    seen: tuple[SeenAnswer, ...] = field(default=(), repr=False)


class StopError(Exception):
    """The way ends here, for the reason that the message gives in words of ours."""


@dataclass
class Walk:
    """One key at one exchange; `tell` hears of each step as it ends. `may_rest`: an order of ours may be open there."""

    subject: observe.Subject
    credentials: Credentials
    pair: str
    tell: Callable[[WalkStep], None] = lambda step: None
    steps: list[WalkStep] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    may_rest: bool = False

    def __post_init__(self) -> None:
        self.desk = Desk(Lender(self.subject.spec, self.subject.location))
        self._seen: list[SeenAnswer] = []
        self._since = datetime.now(tz=UTC)

    async def read(self) -> None:
        """Ask what only reads; raises StopError when the key must not be used any further."""
        facts = await self._check()
        _require_harmless(facts)
        await self.markets()
        await self._try("ticker", lambda: self.desk.quotes([self.pair]), _read_if)
        await self._try("candles", lambda: self.desk.candles(self.pair, "1h", 3), _read_if)
        await self.balances()
        await self._try("order that never was", self._never_was, _absent)
        await self._orders_of_late()

    async def _check(self) -> Facts:
        with self._watching():
            facts = await observe.observe(self.subject, self.credentials, today=datetime.now(tz=UTC).date())
        judgement = judge(facts)
        codes = ", ".join(one.code for one in judgement.findings) or "no finding"
        code = next((trouble.code for trouble in facts.troubles().values() if trouble.code), "")
        is_good = judgement.verdict is Verdict.ONLINE
        self._end(WalkStep(name="check", said=f"{judgement.verdict.value}: {codes}", is_good=is_good, code=code))
        return facts

    async def markets(self) -> None:
        await self._try("markets", self._load, lambda names: f"read, {len(names)} names")

    async def balances(self) -> None:
        await self._try("balances", lambda: self.desk.balances(self.credentials), _read_whole)

    async def _load(self) -> set[str]:
        """Load the markets, and keep every name in them: no report may say one."""
        listed = await self.desk.listed()
        for market in listed.values():
            if isinstance(market, dict):
                fields = ("id", "symbol", "base", "quote", "baseId", "quoteId", "lowercaseId")
                self.names |= {str(market[name]) for name in fields if market.get(name)}
        await self.desk.rules([self.pair])
        return self.names

    async def _never_was(self) -> OrderReport | None:
        return await self._find(_new_id(), "")

    async def _orders_of_late(self) -> None:
        since = datetime.now(tz=UTC) - LOOK_BACK
        ids = await self._try(
            "orders of the last day",
            lambda: self.desk.recent(self.credentials, pair=self.pair, since=since),
            lambda found: "read" if found else "read, there are none",
        )
        # The newest come last; one that was cancelled has none.
        for identity in reversed((ids or [])[-MOST_ORDERS:]):
            ask = partial(self.desk.fills, self.credentials, pair=self.pair, exchange_id=identity, since=since)
            fills = await self._try("fills of one of them", ask, lambda found: "read" if found else "read, it has none")
            if fills:
                break

    async def plan(self) -> NewOrder:
        """Return the smallest order far below the market; raise StopError when there can be none."""
        return await self._planned(BELOW[0], Decimal(0))

    async def _planned(self, below: Decimal, worth: Decimal) -> NewOrder:
        quotes, rules = await self.desk.quotes([self.pair]), await self.desk.rules([self.pair])
        if self.pair not in quotes or self.pair not in rules:
            raise StopError(f"There is no price of {self.pair} to place an order at.")
        order, quote = smallest(rules[self.pair], quotes[self.pair], below, worth), self.pair.partition("/")[2]
        money = (await self.desk.balances(self.credentials)).coins.get(quote)
        if money is None or money.free < order.quantity * order.price * SPARE:
            raise StopError(f"There is not enough free {quote} for the smallest order.")
        return order

    async def order(self) -> None:
        """Place the smallest order far below the market, find it by both ids, cancel it, and find it cancelled."""
        order, report = await self._place_somewhere()
        try:
            await self._find_it(order, report, ReportedState.OPEN, "open")
        finally:
            await self._cancel(order, report)
        await self._find_it(order, report, ReportedState.CANCELED, "cancelled")

    async def _place_somewhere(self) -> tuple[NewOrder, OrderReport]:
        """Go nearer to the market while the price is too far from it, and grow while the order is too small."""
        nearer = list(BELOW)
        larger = [Decimal(0), *(WORTHS if self.pair.endswith(DOLLARS) else ())]
        while nearer and larger:
            order = await self._planned(nearer[0], larger[0])
            with self._watching():
                report, step = await self._placed(order, nearer[0])
            self._end(step)
            if report:
                return order, report
            if step.said == f"refused: {RefusalReason.PRICE_BAND}":
                nearer.pop(0)
            elif step.said == f"refused: {RefusalReason.BELOW_MINIMUM}":
                larger.pop(0)
            else:
                break
        raise StopError("The order was not placed.")

    async def _placed(self, order: NewOrder, below: Decimal) -> tuple[OrderReport | None, WalkStep]:
        name, is_good = f"place {below:.0%} below the market", False
        try:
            until = time.monotonic() + SECONDS_TO_SEND
            report = await self.desk.place(self.credentials, order, not_after=until)
            self.may_rest = True
            return report, WalkStep(name=name, said="accepted", is_good=True)
        except OrderRefusedError as refused:
            said, code, is_good = f"refused: {refused.reason}", refused.trouble.code, refused.reason in FORESEEN
        except OrderNotSentError:
            said, code = "not sent", ""
        except OrderUnknownError as unknown:
            self.may_rest = True
            said, code = f"unknown: {unknown.trouble.cause}", unknown.trouble.code
            with suppress(ExchangeError):
                if found := await self._find(order.client_id, ""):
                    return found, WalkStep(name=name, said=f"{said}, then found", is_good=False, code=code)
        return None, WalkStep(name=name, said=said, is_good=is_good, code=code)

    async def _find_it(self, order: NewOrder, report: OrderReport, state: ReportedState, word: str) -> None:
        for way, exchange_id in (("its id", report.exchange_id), ("our id", "")):
            ask = partial(self._find, order.client_id, exchange_id)
            found = await self._try(f"find it {word} by {way}", ask, partial(_as_expected, state=state))
            self.may_rest = self.may_rest and not (found and found.state is not ReportedState.OPEN)

    async def _find(self, client_id: str, exchange_id: str) -> OrderReport | None:
        return await self.desk.find(
            self.credentials, pair=self.pair, client_id=client_id, exchange_id=exchange_id, since=self._since
        )

    async def _cancel(self, order: NewOrder, report: OrderReport) -> None:
        named = {"pair": self.pair, "exchange_id": report.exchange_id, "client_id": order.client_id}
        await self._try("cancel", lambda: self.desk.cancel(self.credentials, **named), lambda _: "cancelled")

    async def trade(self) -> None:
        """Buy a little at the market and look at it: for the practice exchange, whose answers ours are held against."""
        above = Decimal("-0.02")
        order = replace(await self._planned(above, WORTHS[-1]), is_immediate=True)
        with self._watching():
            report, step = await self._placed(order, above)
        self._end(step)
        if report:
            await self._find_it(order, report, ReportedState.FILLED, "filled")

    async def _try(self, name: str, ask: Callable[[], Awaitable[T]], say: Callable[[T], str]) -> T | None:
        """Ask, and note what came of it; what cannot be read is what a try is for."""
        value, code = None, ""
        with self._watching():
            try:
                value = await ask()
                said = say(value)
            except ExchangeError as error:
                said, code = f"could not be read: {error.trouble.cause}", error.trouble.code
        is_good = said.startswith(("read", "absent", "as it must be", "cancelled"))
        self._end(WalkStep(name=name, said=said, is_good=is_good, code=code))
        return value

    @contextmanager
    def _watching(self) -> Iterator[None]:
        self._seen = []
        seen = self._seen
        token = TAP.set(lambda method, path, answer: seen.append(SeenAnswer(method=method, path=path, answer=answer)))
        try:
            yield
        finally:
            TAP.reset(token)

    def _end(self, step: WalkStep) -> None:
        self.steps.append(replace(step, seen=tuple(self._seen)))
        self.tell(self.steps[-1])


def _require_harmless(facts: Facts) -> None:
    """Refuse a key that can withdraw, and one of which it is not proven that it cannot."""
    rights = facts.rights
    if rights is None:
        raise StopError("The exchange did not tell what this key may do. Nothing more was asked with it.")
    if rights.has(Right.WITHDRAW):
        raise StopError("This key can withdraw. Use one that cannot. Nothing more was asked with it.")
    if rights.unknown or not all(facts.is_proven(probe) for probe in facts.probes):
        raise StopError("It is not proven what this key may do. Nothing more was asked with it.")
    if rights.state is not KeyState.ACTIVE or not facts.is_proven(Ask.RIGHTS):
        raise StopError("This key is expired or frozen. Nothing more was asked with it.")


def smallest(rules: Rules, quote: Quote, below: Decimal, worth: Decimal) -> NewOrder:
    """Return the smallest buy that the exchange takes and is worth so much, so far below the market (< 0: above)."""
    market = quote.bid or quote.price
    price = (market * (1 - below) // rules.price_step) * rules.price_step
    least = max(rules.min_amount, max(rules.min_cost, worth) / price, rules.amount_step) * SPARE
    quantity = (least / rules.amount_step).to_integral_value(ROUND_UP) * rules.amount_step
    return NewOrder(
        pair=rules.pair,
        side=OrderSide.BUY,
        quantity=quantity,
        price=price,
        client_id=_new_id(),
        is_immediate=False,
    )


def _new_id() -> str:
    return "bf" + uuid.uuid4().hex[:22]


def _read_if(found: object) -> str:
    return "read" if found else "nothing was found"


def _read_whole(balances: Balances) -> str:
    return f"{len(balances.odd)} rows could not be read" if balances.odd else "read"


def _absent(found: OrderReport | None) -> str:
    return "absent" if found is None else "found, which cannot be"


def _as_expected(found: OrderReport | None, *, state: ReportedState) -> str:
    if found is None:
        return "absent, which cannot be"
    return "as it must be" if found.state is state else f"found {found.state}, not {state}"
