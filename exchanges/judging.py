"""What an answer to a create or a cancel means: refused, or unknown. Pure: raw answers in, words out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from exchanges.errors import Cause, ErrorTable, RawAnswer, Trouble, said_by
from exchanges.proven import ABSENT, UnreadableError, at, is_own
from exchanges.values import RefusalReason
from exchanges.ways import Said, TradingWays

# Told by the exchange's own code, each of these comes before an order is looked at.
BEFORE_ORDERS: Mapping[Cause, RefusalReason] = {
    **dict.fromkeys(
        (
            Cause.RIGHT_MISSING,
            Cause.IP_NOT_ALLOWED,
            Cause.KEY_INVALID,
            Cause.SECRET_WRONG,
            Cause.PASSPHRASE_WRONG,
            Cause.KEY_MALFORMED,
            Cause.KEY_EXPIRED,
            Cause.KEY_FROZEN,
            Cause.KEY_WRONG_SITE,
            Cause.ACCOUNT_RESTRICTED,
            Cause.REGION,
        ),
        RefusalReason.RIGHT,
    ),
    Cause.CLOCK: RefusalReason.OTHER,
    Cause.RATE_LIMITED: RefusalReason.RATE_LIMITED,
}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why, and the code that said so."""

    reason: RefusalReason
    code: str


def refusal(answer: RawAnswer, trouble: Trouble, ways: TradingWays, table: ErrorTable) -> Refusal | None:
    """Say why the exchange itself certainly did not accept an order, or None: then it may have.

    A proxy cannot say this, nor can an exchange that answers 5xx: both speak of an order that may be on its way.
    """
    if answer.status >= 500:
        return None
    for code, text in _sayings(answer, ways, table):
        for known, reason in ways.refusals.items():
            if known.fits(code, text):
                return Refusal(reason=reason, code=code[:40])
    code, text = said_by(answer, table)
    is_own = code in table.codes or any(fragment in text for fragment, _ in table.texts)
    early = BEFORE_ORDERS.get(trouble.cause) if code and is_own else None
    return Refusal(reason=early, code=code[:40]) if early else None


def has_said(answer: RawAnswer, ways: TradingWays, table: ErrorTable, known: tuple[Said, ...]) -> bool:
    """Say whether the exchange itself said one of these things."""
    sayings = _sayings(answer, ways, table) if answer.status < 500 else ()
    return any(one.fits(code, text) for code, text in sayings for one in known)


def _sayings(answer: RawAnswer, ways: TradingWays, table: ErrorTable) -> Iterator[tuple[str, str]]:
    """Yield each code of failure with the exchange's text."""
    code, text = said_by(answer, table)
    if code:
        yield code, text
    for path in ways.codes:
        if isinstance(found := at(answer.json, path), str) and found:
            yield found, text


def require_list(body: object, ways: TradingWays, *paths: str) -> list[object]:
    """Return the list in an answer of the exchange's own shape; ccxt makes an empty list of anything else.

    Null is an empty list too, where something else in the answer proves that it is the exchange's own.
    """
    if not is_own(body, ways.proof) or (found := _listed(body, ways, paths or ways.lists)) is None:
        raise UnreadableError
    return found


def is_empty_list(body: object, ways: TradingWays) -> bool:
    """Say whether an answer of the exchange's own shape lists, and lists nothing."""
    return is_own(body, ways.proof) and _listed(body, ways, ways.lists) == []


def is_nothing(body: object, ways: TradingWays) -> bool:
    """Say whether an answer that is proven to be the exchange's own holds null where what was asked for would stand."""
    return bool(ways.proof) and is_own(body, ways.proof) and at(body, ways.lists[0], ABSENT) is None


def _listed(body: object, ways: TradingWays, paths: Iterable[str]) -> list[object] | None:
    for path in paths:
        found = at(body, path, ABSENT)
        if isinstance(found, list):
            return found
        if found is None and _is_proven(body, ways):
            return []
    return None


def _is_proven(body: object, ways: TradingWays) -> bool:
    return bool(ways.proof) or (bool(ways.more) and isinstance(at(body, ways.more), bool))


def goes_on(body: object, ways: TradingWays) -> bool:
    """Say whether a list says of itself that there is more of it."""
    return bool(ways.more) and at(body, ways.more) is True
