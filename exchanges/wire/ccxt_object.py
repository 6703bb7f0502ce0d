"""ccxt objects for one call each: made from one original without a key, given a key, and emptied when the call ends."""

import asyncio
import gc
import importlib
import logging
import marshal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from exchanges import registry
from exchanges.location import Location
from exchanges.spec import MODEST, ExchangeSpec
from exchanges.values import Credentials
from exchanges.wire import pace
from exchanges.wire.session import LOOP, WIRE, GuardedSession, ssl_context

# ccxt's DEBUG lines show API keys for 75 exchanges and secrets for 3, whatever `verbose` says.
for _name in ("ccxt", "ccxt.base.exchange"):
    logging.getLogger(_name).setLevel(logging.WARNING)

# The deadline of a call is ours; this only keeps a forgotten request from living on.
REQUEST_TIMEOUT_MS = 14_000
# What ccxt keeps of the markets that it has loaded.
MARKETS = ("markets", "markets_by_id", "symbols", "ids", "currencies", "currencies_by_id", "codes")


def preload() -> None:
    """Import ccxt (350 ms, 76 MB): at a worker's start, so that the first check does not wait for it."""
    for spec in registry.ALL:
        ccxt_class(spec.ccxt_id)
    # The collector walked through all of ccxt again and again: that cost a check in ten.
    gc.freeze()


def ccxt_class(ccxt_id: str) -> Any:
    return getattr(importlib.import_module("ccxt.async_support"), ccxt_id)


class Exact:
    """Sends numbers as they are given: ccxt would cut a quantity to fit, where the exchange must say that it does not.

    What it reads stays text: as floats, numbers lose the exchange's own digits.
    """

    number = str
    # What stands in a raw trade instead of a fee that ccxt cannot read (TradingWays.no_fee).
    no_fee: Mapping[str, object] = {}
    # Whose limit its requests are counted to, and how much that is.
    place, rate = "", MODEST

    def calculate_rate_limiter_cost(self, *asked: object) -> float:
        """Return how much a request counts, by ccxt's table where the exchange weighs them."""
        weigh: Any = super().calculate_rate_limiter_cost  # type: ignore[misc]  # as above, from ccxt's class
        return float(weigh(*asked)) if self.rate.is_weighed else 1.0

    async def throttle(self, cost: float = 1.0) -> None:
        """Wait for a turn before the request is signed: it must not be old when it leaves."""
        try:
            await pace.turn(self.place, self.rate, cost)
        except pace.NoTurnError:
            if wire := WIRE.get():
                wire.is_kept_back = True
            raise

    def parse_trade(self, trade: Mapping[str, object], market: object = None) -> object:
        """Read a trade without its fee where ccxt stumbles over that: what was traded counts all the same."""
        parse: Any = super().parse_trade  # type: ignore[misc]  # the class of ccxt that this is mixed into has it
        try:
            return parse(trade, market)
        except Exception:  # as many kinds as there are ways to be no number
            return parse({**trade, **self.no_fee}, market)

    def amount_to_precision(self, symbol: str, amount: object) -> str:
        return str(amount)

    def price_to_precision(self, symbol: str, price: object) -> str:
        return str(price)

    def parse_to_numeric(self, number: object) -> object:
        return number


class Lender:
    """Lends copies of one ccxt object; what is lent is used by one call alone, and nothing of it is used again."""

    def __init__(self, spec: ExchangeSpec, location: Location) -> None:
        self.spec = spec
        self._is_live, self._ip_version, self._origins = location.is_live, location.ip_version, location.origins(spec)
        self.markets: Mapping[str, object] = {}
        kind = ccxt_class(spec.ccxt_id)
        ours = {"no_fee": spec.trading.no_fee, "place": f"{spec.slug}:{location.egress}", "rate": spec.rate}
        self._original: Any = type(kind.__name__, (Exact, kind), ours)(
            {
                "session": None,
                # ccxt makes an SSL context per instance unless it is given one.
                "ssl_context": ssl_context(),
                # Its own limiter is per instance and guards nothing: ours is asked in its place (Exact.throttle).
                "enableRateLimit": bool(location.egress),
                "timeout": REQUEST_TIMEOUT_MS,
                "options": {**spec.options, **spec.trading.options},
            }
        )
        self._original.has["fetchCurrencies"] = False
        self._original.commonCurrencies = names_to_type(self._original.commonCurrencies)
        self._original.urls["api"] = dict(location.urls(spec))
        # Written once, read for each copy: KuCoin's options are 480 values, and copying them by hand takes longer than
        # signing a request.
        self._options = marshal.dumps(self._original.options)

    @contextmanager
    def lend(self, credentials: Credentials | None = None, known: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """Lend a copy inside the loop; `known` is what the call must know of the account (TradingWays.preface)."""
        copy = object.__new__(type(self._original))
        try:
            vars(copy).update(vars(self._original), asyncio_loop=asyncio.get_running_loop())
            http = LOOP.http(is_live=self._is_live, ip_version=self._ip_version)
            copy.session = GuardedSession(http, self._origins)
            copy.options = marshal.loads(self._options)  # noqa: S302 - our own bytes, of this process
            for name, value in (known or {}).items():
                setattr(copy, name, {**copy.options, **value} if name == "options" else value)
            if credentials is not None:
                copy.apiKey, copy.secret = credentials.api_key, credentials.secret
                copy.password = credentials.passphrase
            yield copy
        finally:
            # Whatever a call left in it goes with the key: signed headers, account numbers, the last answer.
            vars(copy).clear()

    def learn(self, markets: Mapping[str, Any]) -> None:
        """Keep what a copy without a key has loaded (markets_of): all later copies share it."""
        vars(self._original).update(markets)
        self.markets = markets["markets"] or {}

    @property
    def precision_mode(self) -> int:
        return int(self._original.precisionMode)

    def code_of(self, coin: str) -> str:
        """Return the name that a coin of the exchange has in the names of its pairs."""
        return str(self._original.safe_currency_code(coin))

    @property
    def frames(self) -> Mapping[str, object]:
        return self._original.timeframes or {}


# By the record itself: its lender keeps it, so that no other record gets its number.
_LENDERS: dict[tuple[int, Location], Lender] = {}
_LOCK = threading.Lock()


def lender_of(spec: ExchangeSpec, location: Location) -> Lender:
    """Return this process's lender of an exchange at a location."""
    with _LOCK:
        if (id(spec), location) not in _LENDERS:
            _LENDERS[id(spec), location] = Lender(spec, location)
        return _LENDERS[id(spec), location]


def names_to_type(names: Mapping[str, str]) -> dict[str, str]:
    """Return ccxt's other names of coins but for those that nobody can type: “Jade Protocol” for Bitget's JADE."""
    return {coin: name for coin, name in names.items() if name.isalnum() and name == name.upper()}


def markets_of(ccxt: Any) -> dict[str, Any]:
    return {name: getattr(ccxt, name) for name in MARKETS}
