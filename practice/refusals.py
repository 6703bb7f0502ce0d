"""Why a request is refused, in neutral words; each dialect says it in its exchange's own."""

from enum import Enum, auto


class Reason(Enum):
    NO_ROUTE = auto()
    NO_CREDENTIALS = auto()
    NO_SIGNATURE = auto()
    MALFORMED_KEY = auto()
    UNKNOWN_KEY = auto()
    EXPIRED_KEY = auto()
    BAD_SIGNATURE = auto()
    BAD_PASSPHRASE = auto()
    STALE_TIME = auto()
    WINDOW_TOO_WIDE = auto()
    IP = auto()
    RIGHT = auto()
    ACCOUNT_FROZEN = auto()
    RATE_LIMITED = auto()
    BAD_PARAMETER = auto()
    BAD_WORD = auto()
    UNKNOWN_PAIR = auto()
    UNKNOWN_CURRENCY = auto()
    UNKNOWN_ORDER = auto()
    ORDER_CLOSED = auto()
    INSUFFICIENT = auto()
    BELOW_MINIMUM = auto()
    PRECISION = auto()
    PRICE_BAND = auto()
    WOULD_TAKE = auto()
    NOT_WHOLE = auto()
    DUPLICATE_CLIENT_ID = auto()


class RefusedError(Exception):
    """`side` is told with PRICE_BAND alone: "buy max", "buy min", "sell max" or "sell min"."""

    def __init__(self, reason: Reason, detail: str = "", side: str = "") -> None:
        super().__init__(reason, detail, side)
        self.reason, self.detail, self.side = reason, detail, side
