"""One call of ccxt and what came of it: its value, the raw answers behind it, and why they prove nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from exchanges.errors import CCXT_CLASSES, Cause, ExchangeError, RawAnswer, Trouble, classify, unreadable
from exchanges.judging import is_own
from exchanges.proven import UnreadableError
from exchanges.spec import ExchangeSpec
from exchanges.wire import limits
from exchanges.wire.ccxt_object import Lender
from exchanges.wire.client import HOSTILE, Credentials, is_ccxt, name_of
from exchanges.wire.session import WIRE, Wire

T = TypeVar("T")
# Of an exception that is not one of ccxt's.
FOREIGN = "foreign"
Act = Callable[[Any], Awaitable[object]]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`failure` names the class of what ccxt raised, None when it raised nothing."""

    value: object
    wire: Wire
    failure: str | None

    @property
    def last(self) -> RawAnswer | None:
        return self.wire.answers[-1] if self.wire.answers else None

    def trouble(self, spec: ExchangeSpec) -> Trouble | None:
        """Say why this proves nothing: the first refusal, a missing answer, or what cannot be read."""
        for answer in self.wire.answers:
            if trouble := classify(answer, spec.errors, ccxt_class=self.failure or ""):
                return limits.tell(trouble)
            if not is_own(answer.json, spec.trading):
                return unreadable(answer)
        return self._failed() if self.failure else None

    def raw_trouble(self, spec: ExchangeSpec) -> Trouble | None:
        """Say why the raw answers prove nothing: that ccxt stumbled over one of their rows is none of their faults."""
        is_read = self.failure == FOREIGN and bool(self.wire.answers)
        return (replace(self, failure=None) if is_read else self).trouble(spec)

    def _failed(self) -> Trouble:
        if not self.wire.sent:
            # Nothing was asked: the key cannot be signed or sent with, or ccxt did not like the question.
            is_key = self.wire.is_unsendable or self.failure in ("AuthenticationError", FOREIGN)
            return Trouble(cause=Cause.KEY_MALFORMED if is_key else Cause.UNREADABLE)
        is_network = CCXT_CLASSES.get(self.failure or "") is Cause.UNAVAILABLE
        return Trouble(cause=Cause.UNAVAILABLE if is_network or not self.wire.answers else Cause.UNREADABLE)


async def ask(
    lender: Lender,
    act: Act,
    credentials: Credentials | None = None,
    *,
    known: Mapping[str, Any] | None = None,
    wire: Wire | None = None,
) -> Asked:
    """Let `act` use a lent ccxt object. Nothing foreign leaves: not its exceptions, not their texts."""
    wire = wire or Wire()
    value, failure = None, None
    token = WIRE.set(wire)
    try:
        with lender.lend(credentials, known) as loan:
            value = await act(loan)
    except Exception as foreign:  # ccxt raises some 30 kinds, many with signed URLs in their texts: none may pass
        failure = name_of(foreign) if is_ccxt(foreign) else FOREIGN
    finally:
        WIRE.reset(token)
    return Asked(value=value, wire=wire, failure=failure)


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Bound a whole call, whatever it is made of."""
    is_late = False
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        is_late = True
    if is_late:
        raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE))


def read(reader: Callable[[], T]) -> T:
    """Return what a reader found; what it cannot read proves nothing, and leaves no exception of its own kind."""
    try:
        return reader()
    except (UnreadableError, *HOSTILE):
        pass
    raise ExchangeError(Trouble(cause=Cause.UNREADABLE))
