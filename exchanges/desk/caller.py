"""One key at one desk for the length of one call, and what a desk knows before it asks: the markets, the accounts."""

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exchanges.errors import Cause, ExchangeError, RawAnswer, Trouble, said_by
from exchanges.holdings import read_balances
from exchanges.judging import goes_on, has_said, require_list
from exchanges.proven import as_list, as_object
from exchanges.values import Balances, Credentials
from exchanges.ways import Preface
from exchanges.wire.ask import Act, Reply, ask, read, within
from exchanges.wire.ccxt_object import Lender, markets_of
from exchanges.wire.session import Wire

FRESH_SECONDS = 3_600
RETRY_SECONDS = 60
STALE_SECONDS = 86_400
# What is in doubt is asked for anew no oftener.
ANEW_SECONDS = 60
LOAD_SECONDS = 15
# Public lists of everything, asked without a key. Binance describes some 3,500 pairs in 10 MB and more, and tells the
# day of each in about 2 MB.
LARGEST = 32 * 1024 * 1024
ALL_PRICES = 4 * 1024 * 1024


class Markets:
    def __init__(self, lender: Lender) -> None:
        self._lender = lender
        self._loading: asyncio.Task[None] | None = None
        self._due_at = self._stale_at = self._anew_at = float("-inf")

    async def fresh(self) -> Mapping[str, object]:
        """Return them by pair, an hour old; when they cannot be had, up to a day old, else raise ExchangeError."""
        if time.monotonic() >= self._due_at:
            try:
                await self._load()
            except ExchangeError:
                if time.monotonic() >= self._stale_at:
                    raise
                self._due_at = time.monotonic() + RETRY_SECONDS
        return self._lender.markets

    async def known(self) -> Mapping[str, object]:
        """Return them however old: an order must not wait for what hardly changes."""
        return self._lender.markets or await self.fresh()

    async def anew(self, pairs: Sequence[str]) -> Mapping[str, object] | None:
        """Return them as the exchange tells them now, at most once a minute: None when that is not over.

        Where it takes names, those of these pairs alone are asked for, and the others are as they were.
        """
        if time.monotonic() < self._anew_at:
            return None
        self._anew_at = time.monotonic() + ANEW_SECONDS
        if not await self._named(pairs):
            await self._load()
        return self._lender.markets

    async def _named(self, pairs: Sequence[str]) -> bool:
        """Learn the rules of these pairs alone; say whether that could be: all of them must be known there."""
        ways, known = self._lender.spec.trading, self._lender.markets
        if not ways.market_names or not all(pair in known for pair in pairs):
            return False

        async def fetch(ccxt: Any) -> object:
            names = json.dumps([ccxt.market_id(pair) for pair in pairs])
            return await getattr(ccxt, ways.markets)({**ways.market_params, ways.market_names: names})

        reply = await ask(self._lender, fetch)
        if is_unlisted(reply):
            return False
        if trouble := reply.trouble():
            raise ExchangeError(trouble)
        rows = read(lambda: {pair: row for row in as_list(reply.value) if (pair := as_object(row)["symbol"]) in pairs})
        self._lender.learn({"markets": {**known, **rows}})
        return True

    async def _load(self) -> None:
        """Join the task that loads; it goes on when one who waits for it gives up."""
        task, loop = self._loading, asyncio.get_running_loop()
        if task is None or task.done() or task.get_loop() is not loop:
            task = self._loading = loop.create_task(self._load_once())
            # Its failure is told to those who wait; when nobody does any more, it is nobody's.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.shield(task)

    async def _load_once(self) -> None:
        async with within(LOAD_SECONDS):
            reply = await ask(self._lender, self._fetch, wire=Wire(most=LARGEST))
        if trouble := reply.trouble():
            raise ExchangeError(trouble)
        if not isinstance(reply.value, Mapping) or not reply.value["markets"]:
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
        self._lender.learn(reply.value)
        self._due_at = time.monotonic() + FRESH_SECONDS
        self._stale_at = time.monotonic() + STALE_SECONDS

    async def _fetch(self, ccxt: Any) -> object:
        ways = self._lender.spec.trading
        ccxt.set_markets(await getattr(ccxt, ways.markets)(dict(ways.market_params)))
        return markets_of(ccxt)


def is_unlisted(reply: Reply) -> bool:
    """Say whether the exchange refused a question because a pair that it names is not known there."""
    ways, table = reply.spec.trading, reply.spec.errors
    return reply.last is not None and has_said(reply.last, ways, table, ways.unlisted)


KEPT_SECONDS = 3_600
MOST_KEPT = 10_000


class Accounts:
    def __init__(self, lender: Lender) -> None:
        self._lender = lender
        self._salt = secrets.token_bytes(16)
        self._kept: dict[bytes, tuple[float, Mapping[str, Any]]] = {}

    async def known(self, preface: Preface, credentials: Credentials) -> Mapping[str, Any]:
        """Return it, asking at most once an hour; raise ExchangeError when the exchange does not tell."""
        name = self._name(credentials)
        since, found = self._kept.get(name, (float("-inf"), {}))
        if time.monotonic() - since > KEPT_SECONDS:
            found = await self._told(preface, credentials)
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[name] = (time.monotonic(), found)
        return found

    def forget(self, credentials: Credentials) -> None:
        """Ask anew next time: the exchange has said that what we know is not so any more."""
        self._kept.pop(self._name(credentials), None)

    def _name(self, credentials: Credentials) -> bytes:
        return hmac.digest(self._salt, credentials.api_key.encode(errors="replace"), "sha256")

    async def _told(self, preface: Preface, credentials: Credentials) -> Mapping[str, Any]:
        reply = await ask(self._lender, lambda ccxt: getattr(ccxt, preface.method)(), credentials)
        trouble = reply.trouble()
        if trouble and trouble.code not in preface.codes:
            raise ExchangeError(trouble)
        return read(lambda: preface.read(reply.last and reply.last.json))


@dataclass(frozen=True, kw_only=True)
class Caller:
    lender: Lender
    accounts: Accounts
    credentials: Credentials | None

    async def ask(self, act: Act, *, wire: Wire | None = None) -> Reply:
        spec = self.lender.spec
        if self.credentials is None or (preface := spec.trading.preface) is None:
            return await ask(self.lender, act, self.credentials, wire=wire)
        known = await self.accounts.known(preface, self.credentials)
        reply = await ask(self.lender, act, self.credentials, known=known, wire=wire)
        if any(said_by(answer, spec.errors)[0] in preface.outdated for answer in reply.wire.answers):
            self.accounts.forget(self.credentials)
        return reply

    async def proven(self, act: Act, *, wire: Wire | None = None) -> Reply:
        """Ask, and raise ExchangeError when any answer proves nothing."""
        reply = await self.ask(act, wire=wire)
        if trouble := reply.trouble():
            raise ExchangeError(trouble)
        return reply

    def rows(self, reply: Reply) -> list[object]:
        """Return the raw rows of an answer that lists."""
        return read(lambda: require_list(reply.last and reply.last.json, self.lender.spec.trading))

    async def listed(self, act: Act) -> tuple[list[object], list[object], RawAnswer]:
        """Return the raw rows of an answer that lists, what ccxt made of them, and the answer itself.

        What ccxt makes of nothing does not matter: it stumbles over a null that stands for an empty list.
        """
        reply = await self.ask(act)
        if (trouble := reply.raw_trouble()) or reply.last is None:
            raise ExchangeError(trouble or Trouble(cause=Cause.UNREADABLE))
        if not (raw := self.rows(reply)):
            return [], [], reply.last
        if trouble := reply.trouble():
            raise ExchangeError(trouble)
        return raw, read(lambda: as_list(reply.value)), reply.last

    async def balances(self) -> Balances:
        """Return what the account holds, from all pages of the exchange's own answer."""
        ways = self.lender.spec.trading
        reply = await self.ask(lambda ccxt: getattr(ccxt, ways.balances)(dict(ways.balance)))
        if trouble := reply.raw_trouble():
            raise ExchangeError(trouble)
        pages = [answer.json for answer in reply.wire.answers]
        if not pages or goes_on(pages[-1], ways):
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
        rows = read(lambda: [row for page in pages for row in require_list(page, ways, *ways.purse.rows)])
        return read(lambda: read_balances(rows, ways.purse, code_of=self.lender.code_of))
