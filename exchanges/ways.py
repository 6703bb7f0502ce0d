"""How orders are made, refused and looked up at one exchange: one frozen record of data, read by the desk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from exchanges.holdings import Purse
from exchanges.proven import at
from exchanges.values import RefusalReason


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """How the page after a full one is asked for, where moments are too coarse: many fills share one.

    `name` is the parameter. Its value stands in the answer `at` a dotted path, or in the field `of_last` of its last
    row; with neither it is the number of the page. A list that goes on in the order of ids `begins` anew by the value
    of the second page.
    """

    name: str
    at: str = ""
    of_last: str = ""
    begins: str = ""


@dataclass(frozen=True, kw_only=True)
class Look:
    """One of ccxt's unified calls; in its texts, {id}, {client} and {page} stand for what they say."""

    method: str
    id: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    # The most rows that one answer holds, where the call lists: a full page may hide the row we look for. None: all.
    page: int | None = 100
    # By the first of these that an answer holds.
    cursors: tuple[Cursor, ...] = ()
    # Whether the call may be told from when on to list.
    is_timed: bool = True
    # An empty list is how the exchange says of one order that there is none (where it lists: it may also tell the one).
    is_list: bool = False

    def filled(self, *, id: str, client: str) -> "Look":
        """Return it for one order, by the exchange's id and by ours as it is spelt there."""
        words = {"id": id, "client": client, "page": str(self.page)}
        named = {name: text.format(**words) if isinstance(text, str) else text for name, text in self.params.items()}
        return replace(self, id=self.id and self.id.format(**words), params=named)

    def further(self, body: object, rows: Sequence[object], number: int) -> Mapping[str, object] | None:
        """Return what asks for the page of a number after a full one of these raw rows.

        Nothing: the exchange says that there is none. None: it has no cursors.
        """
        for cursor in self.cursors:
            if cursor.begins and number == 2:
                return {cursor.name: cursor.begins}
            last = at(rows[-1], cursor.of_last) if cursor.of_last else number
            if told := at(body, cursor.at) if cursor.at else last:
                return {cursor.name: told}
        return {} if self.cursors else None

    def of_all(self) -> "Look":
        """Return it for all orders: without the parameters that name one."""
        of_one = ("{id}", "{client}")
        kept = {name: text for name, text in self.params.items() if text not in of_one}
        return replace(self, params=kept).filled(id="", client="")


@dataclass(frozen=True, kw_only=True)
class Said:
    """Something an exchange says: its own code, and a lower-case fragment of its text where the code says too little.

    The empty code stands for every code.
    """

    code: str
    text: str = ""

    def fits(self, code: str, text: str) -> bool:
        return self.code in ("", code) and self.text in text


def said(codes: str) -> tuple[Said, ...]:
    """Turn codes, separated by spaces, into what is said by each alone."""
    return tuple(Said(code=code) for code in codes.split())


def by_reason(codes: Mapping[RefusalReason, str]) -> dict[Said, RefusalReason]:
    return {one: reason for reason, text in codes.items() for one in said(text)}


BY_ID = Look(method="fetch_order", id="{id}")
BY_CLIENT_ID = Look(method="fetch_order", params={"clientOrderId": "{client}"})
OPEN_ORDERS = Look(method="fetch_open_orders", page=None, is_timed=False)


@dataclass(frozen=True, kw_only=True)
class Preface:
    """What ccxt must know of an account before it can ask, told once per key: a raw method and its reader.

    The reader returns attributes for the ccxt object (a mapping "options" is laid over its options); it also reads
    the refusals whose `codes` tell as much. A refusal by one of `outdated` says that it is not so any more.
    """

    method: str
    read: Callable[[object], Mapping[str, object]]
    codes: frozenset[str] = frozenset()
    outdated: frozenset[str] = frozenset()


def as_ccxt_reads(trade: Mapping[str, object]) -> Mapping[str, object]:
    return trade


def always(row: Mapping[str, object]) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class TradingWays:
    """`refusals` are what certainly means “not accepted”, looked at in their order, and must name nothing else: a code
    that is not here leaves an order unknown. A used client id is never here: an earlier order exists.

    `missing` says that there is no such order; `closed` what a cancel of an order that is not open any more is told.
    `lists` are the places where an answer of the exchange holds a list, as dotted paths ("" is the whole answer), and
    `proof` a field and its value that every answer of its own has beside it.
    `codes` are places where it says why an order or a cancel failed, beside those of its ErrorTable; `more` is a field
    that is true of a list that goes on.
    `states` are the fields in which a raw order tells its state, where ccxt reads another one first.
    `recent` are the lists in which orders that are not open any more are found by our id.
    `mend_fill` puts right what ccxt misreads in a trade, from the raw row that it keeps in "info".
    `unlisted` is how a question that names pairs is refused when one of them is not known; `market_names` the parameter
    by which markets can be asked for by name, as a JSON list of the exchange's own names.
    `ticker_time` is where an answer of tickers says when it was made, as a dotted path; one ticker's own time is none.
    `is_fee_final` says of a trade's raw row whether the fee in it is the last word; `is_fee_in_quote` whether buys pay
    theirs in quote money too; `no_fee` is laid over a raw trade whose fee ccxt stumbles over.
    `purse` reads the rows of a balance answer.
    `reach` is how much worse than the best price a limit may be at most, as a share, where the exchange refuses what
    lies a little further from the market; it leaves room for a price that moves while an order is under way.
    `candles_at_once` is how many candles it gives in one answer, `candles_back` how many there are at all, where past
    ones are refused; both as ccxt asks for them, or fewer. Candles of the frames `apart` begin by another clock than
    UTC's: ours are made of shorter ones.
    """

    lists: tuple[str, ...]
    purse: Purse
    refusals: Mapping[Said, RefusalReason]
    missing: tuple[Said, ...]
    closed: tuple[Said, ...]
    recent: tuple[Look, ...]
    fills: Look
    proof: tuple[str, str] | None = None
    unlisted: tuple[Said, ...] = ()
    codes: tuple[str, ...] = ()
    more: str = ""
    reach: Decimal | None = None
    states: tuple[str, ...] = ()
    mend_fill: Callable[[Mapping[str, object]], Mapping[str, object]] = as_ccxt_reads
    is_fee_final: Callable[[Mapping[str, object]], bool] = always
    is_fee_in_quote: bool = False
    no_fee: Mapping[str, object] = field(default_factory=dict)
    by_id: Look = BY_ID
    by_client_id: Look | None = BY_CLIENT_ID
    open_orders: Look = OPEN_ORDERS
    # ccxt's method that loads spot markets, and its parameters.
    markets: str = "fetch_markets"
    market_params: Mapping[str, object] = field(default_factory=dict)
    market_names: str = ""
    ticker_time: str = ""
    # How our id is spelt there: before it, and the name of ccxt's parameter for it in a create.
    id_prefix: str = ""
    id_name: str = "clientOrderId"
    # ccxt's call that asks for balances, and its parameters.
    balances: str = "fetch_balance"
    balance: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    candles_at_once: int = 200
    candles_back: int | None = None
    apart: frozenset[str] = frozenset()
    preface: Preface | None = None
