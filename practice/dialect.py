"""What one exchange's wire protocol consists of, and the one path that every request takes through it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, NamedTuple

from practice.http.wire import Answer, Call, Route, Routes
from practice.refusals import Reason, RefusedError
from practice.trading.orders import Terms
from practice.world.world import Key


class Credentials(NamedTuple):
    api_key: str
    secret: str
    passphrase: str = ""


@dataclass(frozen=True)
class Dialect:
    """`rights` groups the exchange's own right names: read, trade, futures, transfer, withdraw, unknown.

    `api_key` finds the key a request carries, before anything is verified; `sign_in` verifies it in the
    exchange's own order; `respond` and `refuse` wrap results and refusals; `sample` is a success body that
    another exchange's client must not believe. `unlisted_days` is how long a key without an IP list lives,
    `for_ccxt` names what plain ccxt's unified calls need beyond read and trade.
    `hosts` names its real hosts, by side: "futures" only where those have hosts of their own.
    `more_cases` adds try-out keys: name -> (text, rights); `case_traits` gives the account of a case traits of its own.
    """

    slug: str
    name: str
    routes: Routes
    api_key: Callable[[Call], str | None]
    sign_in: Callable[[Call], Key]
    respond: Callable[[Call, Any], Answer]
    refuse: Callable[[Call, RefusedError], Answer]
    credentials: Callable[[Random], Credentials]
    rights: Mapping[str, tuple[str, ...]]
    sample: Any
    hosts: Mapping[str, tuple[str, ...]]
    terms: Terms = field(default_factory=Terms)
    traits: Mapping[str, Any] = field(default_factory=dict)
    has_passphrase: bool = False
    tells_expiry: bool = True
    unlisted_days: int | None = None
    for_ccxt: tuple[str, ...] = ()
    more_cases: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    case_traits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def granted(self, grants: Iterable[str]) -> tuple[str, ...]:
        """Return the exchange's own right names for these groups; "ccxt" may be empty, others must exist."""
        groups = {"ccxt": self.for_ccxt, **self.rights}
        return tuple(right for grant in grants for right in groups[grant])

    def answer(self, call: Call) -> Answer:
        try:
            route, call = self.routes.find(call)
            call = self._admit(route, call)
            return self.respond(call, route.handler(call))
        except RefusedError as refused:
            return self.refuse(call, refused)

    def _admit(self, route: Route, call: Call) -> Call:
        if route.needs is None or (route.is_optional and self.api_key(call) is None):
            return call
        call = replace(call, signed_by=self.sign_in(call))
        if call.account.state != "normal":
            raise RefusedError(Reason.ACCOUNT_FROZEN)
        if route.needs and not call.key.has(route.needs):
            raise RefusedError(Reason.RIGHT, route.needs[0])
        return call
