"""The one door to ccxt: one call and its reply for the desk, the questions of one key for the check."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from exchanges.errors import CCXT_CLASSES, Cause, ExchangeError, RawAnswer, Trouble, classify, unreadable
from exchanges.proven import UnreadableError, is_own
from exchanges.rights import UnprovenError
from exchanges.spec import Ask, Asking, ExchangeSpec, Question
from exchanges.values import Credentials
from exchanges.wire.ccxt_object import Lender
from exchanges.wire.session import WIRE, Wire

T = TypeVar("T")
# Of an exception that is not one of ccxt's.
FOREIGN = "foreign"
# What Python raises when a reader meets data of a kind that nobody sends in good faith.
HOSTILE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
# How long to wait before each repetition of a question whose answer is in doubt (ExchangeSpec.doubts).
DOUBT_SECONDS = (0.2, 0.4)
# What a probe may turn into a proof, when the exchange says it in its own words.
PROBED = frozenset({Cause.RIGHT_MISSING, Cause.RIGHT_UNPROVEN, Cause.UNREADABLE, Cause.UNKNOWN_CODE})
# Of a question that got no turn: others use up what the exchange takes.
KEPT_BACK = Trouble(cause=Cause.RATE_LIMITED, is_ours=True)
Act = Callable[[Any], Awaitable[object]]
# Tasks that a question starts share the list of the one that started them.
_HEARD: ContextVar[list[Trouble] | None] = ContextVar("heard_limits", default=None)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of one call; `failure` names the class of what ccxt raised, None when it raised nothing."""

    spec: ExchangeSpec
    value: object
    wire: Wire
    failure: str | None

    @property
    def last(self) -> RawAnswer | None:
        return self.wire.answers[-1] if self.wire.answers else None

    def trouble(self) -> Trouble | None:
        """Say why this proves nothing: the first refusal, a missing answer, or what cannot be read."""
        for answer in self.wire.answers:
            if trouble := classify(answer, self.spec.errors, ccxt_class=self.failure or ""):
                limits = _HEARD.get()
                if limits is not None and trouble.cause is Cause.RATE_LIMITED:
                    limits.append(trouble)
                return trouble
            if not is_own(answer.json, self.spec.trading.proof):
                return unreadable(answer)
        return None if self.failure is None else self._failed()

    def raw_trouble(self) -> Trouble | None:
        """Say why the raw answers prove nothing: that ccxt stumbled over one of their rows is none of their faults."""
        is_read = self.failure == FOREIGN and bool(self.wire.answers)
        return (replace(self, failure=None) if is_read else self).trouble()

    def _failed(self) -> Trouble:
        if self.wire.is_kept_back:
            return KEPT_BACK
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
) -> Reply:
    """Let `act` use a lent ccxt object. Nothing foreign leaves: not its exceptions, not their texts."""
    wire = wire or Wire()
    value, failure = None, None
    token = WIRE.set(wire)
    try:
        with lender.lend(credentials, known) as ccxt:
            value = await act(ccxt)
    except Exception as foreign:  # ccxt raises some 30 kinds, many with signed URLs in their texts: none may pass
        failure = name_of(foreign)
    finally:
        WIRE.reset(token)
    return Reply(spec=lender.spec, value=value, wire=wire, failure=failure)


def name_of(error: Exception) -> str:
    """Return the class that ccxt put an error in, "" for one of ccxt's that we do not know, FOREIGN for any other."""
    names = [kind.__name__ for kind in type(error).__mro__]
    return next((name for name in names if name in CCXT_CLASSES), "") if "BaseError" in names else FOREIGN


def read(reader: Callable[[], T], answer: RawAnswer | None = None) -> T:
    """Return what a reader found; what it cannot read proves nothing, and leaves no exception of its own kind."""
    try:
        return reader()
    except UnprovenError:
        trouble = Trouble(cause=Cause.RIGHT_UNPROVEN)
    except (UnreadableError, *HOSTILE):
        trouble = unreadable(answer)
    raise ExchangeError(trouble)


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


class Interview:
    """The questions of a check to one key; what they find is read from raw answers alone."""

    def __init__(self, lender: Lender, credentials: Credentials) -> None:
        self._lender, self._credentials = lender, credentials
        # Codes by which the exchange told what kind of account this is: later questions go the right way at once.
        self._kinds: set[str] = set()
        self._wires: list[Wire] = []

    @property
    def requests(self) -> int:
        return sum(wire.requests for wire in self._wires)

    async def ask(self, question: Question, answers: Mapping[Ask, object]) -> object:
        """Return what the question's reader found; raise ExchangeError when the answer proves nothing."""
        for code in question.instead.keys() & self._kinds:
            return await self.ask(question.instead[code], answers)
        asking = Asking(api_key=self._credentials.api_key, answers=answers)
        answer, trouble = await self._believe(question.method, question.parameters(asking))
        if trouble and (cause := question.codes.get(trouble.code)):
            trouble = replace(trouble, cause=cause, ip="", strange=None)
        if trouble is None:
            return read(lambda: question.read(question.pick(answer.json, asking)), answer)
        if (refused := question.refused) and trouble.code and trouble.cause in PROBED:
            return read(lambda: refused(answer.json), answer)
        if other := question.instead.get(trouble.code):
            self._kinds.add(trouble.code)
            return await self.ask(other, answers)
        raise ExchangeError(trouble)

    async def _believe(self, method: str, parameters: dict[str, object]) -> tuple[RawAnswer, Trouble | None]:
        """Ask, and ask again where this exchange is known to say such a thing by mistake."""
        answer, trouble = await self._judged(method, parameters)
        for seconds in DOUBT_SECONDS:
            if trouble is None or trouble.cause not in self._lender.spec.doubts:
                break
            await asyncio.sleep(seconds)
            answer, trouble = await self._judged(method, parameters)
        return answer, trouble

    async def _judged(self, method: str, parameters: dict[str, object]) -> tuple[RawAnswer, Trouble | None]:
        """Make one request; return its raw answer and why that is no success."""
        wire = Wire()
        self._wires.append(wire)
        reply = await ask(self._lender, lambda ccxt: getattr(ccxt, method)(parameters), self._credentials, wire=wire)
        if wire.is_kept_back:
            raise ExchangeError(KEPT_BACK)
        if reply.last is None:
            # Nothing left this machine: the key cannot even be put into a request.
            raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE if wire.sent else Cause.KEY_MALFORMED))
        return reply.last, classify(reply.last, self._lender.spec.errors, ccxt_class=reply.failure or "")


@contextmanager
def heard(limits: list[Trouble]) -> Iterator[None]:
    """Add to the list each rate limit that an answer tells of within the block."""
    token = _HEARD.set(limits)
    try:
        yield
    finally:
        _HEARD.reset(token)
