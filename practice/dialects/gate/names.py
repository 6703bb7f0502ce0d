"""How Gate.io spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.orders import Terms
from practice.pairs import Pair, contracts, listed
from practice.refusals import Reason, RefusedError


def read(group: str) -> tuple[str, ...]:
    return f"{group}:read", f"{group}:write"


def write(group: str) -> tuple[str, ...]:
    return (f"{group}:write",)


SPOT_READ, SPOT_WRITE = read("spot"), write("spot")
FUTURES_READ, ACCOUNT_READ, WALLET_READ = read("futures"), read("account"), read("wallet")
# What a live key with the box Withdraw shows is not known: one try-out key names it, another hides it.
HIDDEN = "hidden:"
WITHDRAW = ("withdraw:write", f"{HIDDEN}withdraw")
PAIRS = {f"{pair.base}_{pair.quote}": pair for pair in listed("USDT", "USDC", "BTC", also="人生K线")}
CONTRACTS = {f"{pair.base}_{pair.quote}": pair for pair in contracts()}
TERMS = Terms(
    maker=Decimal("0.002"),
    taker=Decimal("0.002"),
    min_cost=Decimal(3),
    client_ids="loose",
    order_id=lambda n: str(95282841887 + n),
)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
