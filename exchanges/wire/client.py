"""The one client over ccxt: asks raw questions, sees every raw answer, lets no foreign exception out."""

import asyncio
import importlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from exchanges.errors import CCXT_CLASSES, Cause, ExchangeError, RawAnswer, Trouble, classify, unreadable
from exchanges.location import Location as Location
from exchanges.proven import UnreadableError
from exchanges.registry import ALL
from exchanges.rights import UnprovenError
from exchanges.spec import Ask, Asking, ExchangeSpec, Question
from exchanges.wire.session import WIRE, GuardedSession, Wire, ssl_context

# ccxt's DEBUG lines show API keys for 75 exchanges and secrets for 3, whatever `verbose` says.
for _name in ("ccxt", "ccxt.base.exchange"):
    logging.getLogger(_name).setLevel(logging.WARNING)

REQUEST_TIMEOUT_MS = 14_000
# How long to wait before each repetition of a question whose answer is in doubt (ExchangeSpec.doubts).
DOUBT_SECONDS = (0.2, 0.4)
# What a probe may turn into a proof, when the exchange says it in its own words.
PROBED = frozenset({Cause.RIGHT_MISSING, Cause.RIGHT_UNPROVEN, Cause.UNREADABLE, Cause.UNKNOWN_CODE})
# What Python raises when a reader meets data of a kind that nobody sends in good faith.
HOSTILE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A key in clear, for the time of one call in a worker's memory; it never prints itself."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str = field(default="", repr=False)


def preload() -> None:
    """Import ccxt (350 ms, 76 MB): at a worker's start, so that the first check does not wait for it."""
    for spec in ALL:
        ccxt_class(spec.ccxt_id)


def ccxt_class(ccxt_id: str) -> Any:
    return getattr(importlib.import_module("ccxt.async_support"), ccxt_id)


class ExchangeClient:
    """One key at one exchange, for the length of one check; lives in one event loop."""

    def __init__(
        self, spec: ExchangeSpec, credentials: Credentials, http: aiohttp.ClientSession, location: Location
    ) -> None:
        self._spec = spec
        self._api_key = credentials.api_key
        self._session = GuardedSession(http, location.origins(spec))
        # Codes by which the exchange told what kind of account this is: later questions go the right way at once.
        self._kinds: set[str] = set()
        self._ccxt = ccxt_class(spec.ccxt_id)(
            {
                "apiKey": credentials.api_key,
                "secret": credentials.secret,
                "password": credentials.passphrase,
                "session": self._session,
                # ccxt makes an SSL context per instance unless it is given one.
                "ssl_context": ssl_context(),
                # Its limiter is per instance and guards nothing (the session limits what is in flight per host).
                "enableRateLimit": False,
                "timeout": REQUEST_TIMEOUT_MS,
                "options": dict(spec.options),
            }
        )
        self._ccxt.urls["api"] = dict(location.urls(spec))

    @property
    def requests(self) -> int:
        return self._session.requests

    async def ask(self, question: Question, answers: Mapping[Ask, object]) -> object:
        """Return what the question's reader found; raise ExchangeError when the answer proves nothing."""
        for code in question.instead.keys() & self._kinds:
            return await self.ask(question.instead[code], answers)
        asking = Asking(api_key=self._api_key, answers=answers)
        answer, trouble = await self._believe(question.method, question.parameters(asking))
        if trouble and (cause := question.codes.get(trouble.code)):
            trouble = replace(trouble, cause=cause, ip="", strange=None)
        if trouble is None:
            return _read(lambda: question.read(question.pick(answer.json, asking)), answer)
        if (refused := question.refused) and trouble.code and trouble.cause in PROBED:
            return _read(lambda: refused(answer.json), answer)
        if other := question.instead.get(trouble.code):
            self._kinds.add(trouble.code)
            return await self.ask(other, answers)
        raise ExchangeError(trouble)

    async def _believe(self, method: str, parameters: dict[str, object]) -> tuple[RawAnswer, Trouble | None]:
        """Ask, and ask again where this exchange is known to say such a thing by mistake."""
        answer, trouble = await self._judged(method, parameters)
        for seconds in DOUBT_SECONDS:
            if trouble is None or trouble.cause not in self._spec.doubts:
                break
            await asyncio.sleep(seconds)
            answer, trouble = await self._judged(method, parameters)
        return answer, trouble

    async def _judged(self, method: str, parameters: dict[str, object]) -> tuple[RawAnswer, Trouble | None]:
        answer, ccxt_name = await self._raw(method, parameters)
        return answer, classify(answer, self._spec.errors, ccxt_class=ccxt_name)

    async def _raw(self, method: str, parameters: dict[str, object]) -> tuple[RawAnswer, str]:
        """Make one request; return its raw answer with the name of the class that ccxt made of it."""
        wire, ccxt_name = Wire(), ""
        token = WIRE.set(wire)
        try:
            await getattr(self._ccxt, method)(parameters)
        except Exception as foreign:  # ccxt raises some 30 kinds, many with signed URLs in their texts: none may pass
            ccxt_name = name_of(foreign)
        finally:
            WIRE.reset(token)
        if wire.answers:
            return wire.answers[-1], ccxt_name
        # Nothing left this machine: the key cannot even be put into a request.
        raise ExchangeError(Trouble(cause=Cause.UNAVAILABLE if wire.sent else Cause.KEY_MALFORMED)) from None

    def forget(self) -> None:
        """Drop the key from the ccxt object; the session is shared and stays open."""
        self._ccxt.apiKey = self._ccxt.secret = self._ccxt.password = ""
        self._ccxt.session = None


def _read(reader: Callable[[], object], answer: RawAnswer) -> object:
    """Return what a reader found; what it cannot read is no proof, and never an exception of its own kind."""
    try:
        return reader()
    except UnprovenError:
        raise ExchangeError(Trouble(cause=Cause.RIGHT_UNPROVEN)) from None
    except (UnreadableError, *HOSTILE):
        raise ExchangeError(unreadable(answer)) from None


def is_ccxt(error: Exception) -> bool:
    return any(kind.__name__ == "BaseError" for kind in type(error).__mro__)


def name_of(error: Exception) -> str:
    """Return the class that ccxt put an error in, "" for one that it does not know."""
    return next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in CCXT_CLASSES), "")
