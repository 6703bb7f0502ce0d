"""One key at one desk for the length of one call: every question of it is asked and judged in the same way."""

from dataclasses import dataclass

from exchanges.desk.accounts import Accounts
from exchanges.errors import Cause, ExchangeError, RawAnswer, Trouble, said_by
from exchanges.holdings import read_balances
from exchanges.judging import goes_on, require_list
from exchanges.proven import as_list
from exchanges.spec import ExchangeSpec
from exchanges.values import Balances, Credentials
from exchanges.wire.ask import Act, Reply, ask, read
from exchanges.wire.ccxt_object import Lender
from exchanges.wire.session import Wire


@dataclass(frozen=True, kw_only=True)
class Caller:
    lender: Lender
    accounts: Accounts
    credentials: Credentials | None

    @property
    def spec(self) -> ExchangeSpec:
        return self.lender.spec

    async def ask(self, act: Act, *, wire: Wire | None = None) -> Reply:
        if self.credentials is None:
            return await ask(self.lender, act, wire=wire)
        known = await self.accounts.known(self.credentials)
        reply = await ask(self.lender, act, self.credentials, known=known, wire=wire)
        if (preface := self.spec.trading.preface) and any(
            said_by(answer, self.spec.errors)[0] in preface.outdated for answer in reply.wire.answers
        ):
            self.accounts.forget(self.credentials)
        return reply

    async def proven(self, act: Act) -> Reply:
        """Ask, and raise ExchangeError when any answer proves nothing."""
        reply = await self.ask(act)
        if trouble := reply.trouble():
            raise ExchangeError(trouble)
        return reply

    def rows(self, reply: Reply) -> list[object]:
        """Return the raw rows of an answer that lists."""
        return read(lambda: require_list(reply.last and reply.last.json, self.spec.trading))

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
        ways = self.spec.trading
        reply = await self.ask(lambda ccxt: getattr(ccxt, ways.balances)(dict(ways.balance)))
        if trouble := reply.raw_trouble():
            raise ExchangeError(trouble)
        pages = [answer.json for answer in reply.wire.answers]
        if not pages or goes_on(pages[-1], ways):
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
        rows = read(lambda: [row for page in pages for row in require_list(page, ways, *ways.purse.rows)])
        return read(lambda: read_balances(rows, ways.purse, code_of=self.lender.code_of))
