"""What an exchange is to us: one frozen record of data, read by the form, the guide, the client and the check."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit

from exchanges.errors import Cause, ErrorTable
from exchanges.rights import KeyRights, Right
from exchanges.ways import TradingWays


class Market(StrEnum):
    SPOT = "spot"
    FUTURES = "futures"


class Ask(StrEnum):
    """The questions of a check. UID is a bonus: it may fail without a finding.

    WITHDRAW is a probe, for exchanges that do not name a withdraw right: the refusal is its proof (Question.refused).
    """

    TIME = "time"
    RIGHTS = "rights"
    BALANCES = "balances"
    ORDERS = "orders"
    UID = "uid"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, kw_only=True)
class Credential:
    """One field of the form. `name` is api_key, secret or passphrase; `pattern` must match the whole value.

    `normalise` gives a pasted value the one form that we store, before `pattern` is asked; it is pure, raises
    nothing and returns what it cannot read as it came. `multiline`: the field is a text area, and line breaks count.
    """

    name: str
    label: str
    pattern: str
    hint: str
    example: str = ""
    multiline: bool = False
    normalise: Callable[[str], str] = str


def api_key(
    pattern: str, hint: str, *, label: str = "API Key", example: str = "", normalise: Callable[[str], str] = str
) -> Credential:
    return Credential(name="api_key", label=label, pattern=pattern, hint=hint, example=example, normalise=normalise)


def secret(
    pattern: str,
    hint: str,
    *,
    label: str = "Secret Key",
    multiline: bool = False,
    normalise: Callable[[str], str] = str,
) -> Credential:
    return Credential(name="secret", label=label, pattern=pattern, hint=hint, multiline=multiline, normalise=normalise)


def passphrase(pattern: str, hint: str, *, label: str = "Passphrase") -> Credential:
    return Credential(name="passphrase", label=label, pattern=pattern, hint=hint)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What a question's parameters may be made of: the key itself and the answers of earlier rounds."""

    api_key: str
    answers: Mapping[Ask, object]


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request: a raw method of ccxt, its parameters, and the reader that finds the required fields or raises.

    `read` returns server milliseconds for TIME, KeyRights for RIGHTS, a text for UID, anything for the others; it
    raises UnreadableError when the exchange's own fields are not all there. `instead` names, by the exchange's own
    error code, the question to ask in its place (another kind of account has other endpoints).
    `pick` finds the part of the answer that is about this key, where an exchange lists all keys of an account.
    `codes` tells what a code of the exchange means in the answer to this question alone.
    `refused` makes the question a probe of what must not be allowed: it reads the exchange's own refusal (its whole
    body) and raises UnprovenError when that proves nothing.
    """

    ask: Ask
    method: str
    read: Callable[[object], object]
    parameters: Callable[[Asking], dict[str, object]] = lambda asking: {}
    instead: Mapping[str, "Question"] = field(default_factory=dict)
    pick: Callable[[object, Asking], object] = lambda body, asking: body
    codes: Mapping[str, Cause] = field(default_factory=dict)
    refused: Callable[[object], object] | None = None


@dataclass(frozen=True, kw_only=True)
class Guide:
    """How a trader makes a key there, in the exchange's own words for pages and boxes."""

    page: str
    steps: tuple[str, ...]
    tick: Mapping[Market, tuple[str, ...]]
    never: tuple[str, ...]
    lifetime: str
    ip_note: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Site:
    """Another site of an exchange: the same API at hosts of its own, with accounts and keys that work only there.

    `domain` is where its customers log in, `whose` says who they are, `page` is where they make keys; `base` and
    `futures` are the addresses of its API (no `futures`: the same). `lacks` tells its traders in a sentence what this
    site cannot do.
    """

    slug: str
    name: str
    domain: str
    whose: str
    page: str
    base: str
    futures: str = ""
    markets: tuple[Market, ...] = (Market.SPOT,)
    lacks: str = ""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What an exchange takes from one address: so many `units` in any window of so many `seconds`.

    `is_weighed`: a request counts as many as ccxt's table of the exchange says, else one.
    """

    units: float
    seconds: float
    is_weighed: bool = False


# Where no limit of an address is documented (those of keys and accounts are their owners'): so much that no fault of
# ours is a flood.
MODEST = Rate(units=300, seconds=10)


@dataclass(frozen=True, kw_only=True)
class ExchangeSpec:
    """`rounds` are asked one after the other, the questions of a round at once.

    `boxes` name the tick box of each right; `needs` are the rights that a connection for a market must have; `trading`
    is how the exchange takes orders.
    `base` and `futures` are the live addresses of its API (no `futures`: the same), `domain` is where its customers log
    in; `bases` fill ccxt's `urls['api']` from a base URL and a futures base URL, live or not.
    `rate` is what it takes from one address, whosever keys they are.
    `sites` are its other sites; a site is a spec of its own (`at`), whose `family` is the slug of the exchange.
    """

    slug: str
    name: str
    ccxt_id: str
    credentials: tuple[Credential, ...]
    markets: tuple[Market, ...]
    guide: Guide
    rounds: Mapping[Market, tuple[tuple[Question, ...], ...]]
    boxes: Mapping[Right, str]
    errors: ErrorTable
    bases: Callable[[str, str], Mapping[str, object]]
    base: str
    domain: str
    trading: TradingWays
    futures: str = ""
    rate: Rate = MODEST
    sites: tuple[Site, ...] = ()
    family: str = ""
    lacks: str = ""
    whose: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    needs: Mapping[Market, tuple[Right, ...]] = field(
        default_factory=lambda: {Market.SPOT: (Right.READ, Right.TRADE), Market.FUTURES: (Right.READ, Right.FUTURES)}
    )
    # Days without use after which a key without an IP list dies; None where no such rule is known.
    idle_days: int | None = None
    # Causes that this exchange also gives by mistake: asked again, twice, before they are believed.
    doubts: frozenset[Cause] = frozenset()
    # Where a wrong time is called a wrong key: with clocks further apart than this, the time is to blame.
    clock_window_ms: int | None = None
    # Words of its own for a cause, in place of the common ones (connections/check/wording.py tells the form).
    wording: Mapping[Cause, tuple[str, str]] = field(default_factory=dict)
    # The same for one code of the exchange's own, and for a right that the key lacks.
    code_words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    lacking: Mapping[Right, tuple[str, str]] = field(default_factory=dict)
    # What happens on the day that the exchange tells: the key ends, or one of its rights.
    ends: str = "This key expires"
    tells_ip_list: bool = True
    tells_expiry: bool = True
    tells_uid: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "family", self.family or self.slug)

    @property
    def hosts(self) -> frozenset[str]:
        """Return the names of its live hosts."""
        return frozenset(urlsplit(address).hostname or "" for address in (self.base, self.futures or self.base))

    def at(self, site: Site) -> "ExchangeSpec":
        """Return this exchange as another of its sites offers it."""
        steps = tuple(step.replace(self.domain, site.domain) for step in self.guide.steps)
        return replace(
            self,
            slug=f"{self.slug}-{site.slug}",
            name=site.name,
            markets=site.markets,
            guide=replace(self.guide, page=site.page, steps=steps),
            base=site.base,
            futures=site.futures,
            domain=site.domain,
            lacks=site.lacks,
            whose=site.whose,
            sites=(),
        )

    def box(self, right: Right) -> str:
        return self.boxes.get(right, right.value)


__all__ = [
    "Ask",
    "Asking",
    "Credential",
    "ExchangeSpec",
    "Guide",
    "KeyRights",
    "Market",
    "Question",
    "Rate",
    "Site",
]
