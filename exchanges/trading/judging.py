"""What an answer to a create or a cancel means: refused, or unknown. Pure: raw answers in, words out."""

from collections.abc import Mapping

from exchanges.errors import Cause, ErrorTable, RawAnswer, Trouble, said_by
from exchanges.orders import RefusalReason
from exchanges.rights import UnreadableError
from exchanges.trading.ways import Said, TradingWays

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
    Cause.RATE_LIMITED: RefusalReason.OTHER,
}


def refusal(answer: RawAnswer, trouble: Trouble, ways: TradingWays, table: ErrorTable) -> RefusalReason | None:
    """Say why the exchange itself certainly did not accept an order, or None: then it may have.

    A proxy cannot say this, nor can an exchange that answers 5xx: both speak of an order that may be on its way.
    """
    code, text = said_by(answer, table)
    if not code or answer.status >= 500:
        return None
    for known, reason in ways.refusals.items():
        if known.fits(code, text):
            return reason
    is_own = code in table.codes or any(fragment in text for fragment, _ in table.texts)
    return BEFORE_ORDERS.get(trouble.cause) if is_own else None


def has_said(answer: RawAnswer, table: ErrorTable, known: tuple[Said, ...]) -> bool:
    """Say whether the exchange itself said one of these things."""
    code, text = said_by(answer, table)
    return bool(code) and answer.status < 500 and any(one.fits(code, text) for one in known)


def is_own(body: object, ways: TradingWays) -> bool:
    """Say whether an answer has the exchange's own shape: ccxt takes a bare text for the id of an order."""
    if ways.proof:
        return str(_at(body, ways.proof[0])) == ways.proof[1]
    return isinstance(body, Mapping | list)


def require_list(body: object, ways: TradingWays) -> list[object]:
    """Return the list in an answer of the exchange's own shape; ccxt makes an empty list of anything else."""
    if not is_own(body, ways):
        raise UnreadableError
    for path in ways.lists:
        if isinstance(found := _at(body, path), list):
            return found
    raise UnreadableError


def _at(body: object, path: str) -> object:
    for name in path.split(".") if path else ():
        body = body.get(name) if isinstance(body, Mapping) else None
    return body
