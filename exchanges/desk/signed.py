"""One key at one desk for the length of one call: every question of it is asked and judged in the same way."""

from dataclasses import dataclass

from exchanges.desk.accounts import Accounts
from exchanges.errors import Cause, ExchangeError, RawAnswer, Trouble, said_by
from exchanges.holdings import read_balances
from exchanges.judging import goes_on, require_list
from exchanges.proven import as_list
from exchanges.spec import ExchangeSpec
from exchanges.values import Balances
from exchanges.wire.asked import Act, Asked, ask, read
from exchanges.wire.ccxt_object import Lender
from exchanges.wire.client import Credentials
from exchanges.wire.session import Wire


@dataclass(frozen=True, kw_only=True)
class Signed:
    spec: ExchangeSpec
    lender: Lender
    accounts: Accounts
    credentials: Credentials | None

    async def ask(self, act: Act, *, wire: Wire | None = None) -> Asked:
        if self.credentials is None:
            return await ask(self.lender, act, wire=wire)
        known = await self.accounts.known(self.credentials)
        asked = await ask(self.lender, act, self.credentials, known=known, wire=wire)
        if self._is_outdated(asked):
            self.accounts.forget(self.credentials)
        return asked

    def _is_outdated(self, asked: Asked) -> bool:
        preface = self.spec.trading.preface
        outdated = preface.outdated if preface else frozenset()
        return any(said_by(answer, self.spec.errors)[0] in outdated for answer in asked.wire.answers)

    async def proven(self, act: Act) -> Asked:
        """Ask, and raise ExchangeError when any answer proves nothing."""
        asked = await self.ask(act)
        if trouble := asked.trouble(self.spec):
            raise ExchangeError(trouble)
        return asked

    def rows(self, asked: Asked) -> list[object]:
        """Return the raw rows of an answer that lists."""
        return read(lambda: require_list(asked.last and asked.last.json, self.spec.trading))

    async def listed(self, act: Act) -> tuple[list[object], list[object], RawAnswer]:
        """Return the raw rows of an answer that lists, what ccxt made of them, and the answer itself.

        What ccxt makes of nothing does not matter: it stumbles over a null that stands for an empty list.
        """
        asked = await self.ask(act)
        if (trouble := asked.raw_trouble(self.spec)) or asked.last is None:
            raise ExchangeError(trouble or Trouble(cause=Cause.UNREADABLE))
        if not (raw := self.rows(asked)):
            return [], [], asked.last
        if trouble := asked.trouble(self.spec):
            raise ExchangeError(trouble)
        return raw, read(lambda: as_list(asked.value)), asked.last

    async def balances(self) -> Balances:
        """Return what the account holds, from all pages of the exchange's own answer."""
        ways = self.spec.trading
        asked = await self.ask(lambda loan: getattr(loan, ways.balances)(dict(ways.balance)))
        if trouble := asked.raw_trouble(self.spec):
            raise ExchangeError(trouble)
        pages = [answer.json for answer in asked.wire.answers]
        if not pages or goes_on(pages[-1], ways):
            raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
        rows = read(lambda: [row for page in pages for row in require_list(page, ways, *ways.purse.rows)])
        return read(lambda: read_balances(rows, ways.purse, code_of=self.lender.code_of))
