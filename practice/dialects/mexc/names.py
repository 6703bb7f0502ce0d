"""How MEXC spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.orders import Terms
from practice.pairs import Pair, listed
from practice.refusals import Reason, RefusedError


def right(name: str) -> tuple[str, ...]:
    """Return both spellings: the API says SPOT_DEAL_READ, the web form SPOT_DEAL_R."""
    return name, name.replace("_READ", "_R").replace("_WRITE", "_W")


ACCOUNT_READ, DEAL_READ = right("SPOT_ACCOUNT_READ"), right("SPOT_DEAL_READ")
DEAL_WRITE, WITHDRAW_READ = right("SPOT_DEAL_WRITE"), right("SPOT_WITHDRAW_READ")
FUTURES_READ, FUTURES_DEALS = right("CONTRACT_ACCOUNT_READ"), right("CONTRACT_DEAL_READ")
PAIRS = {f"{pair.base}{pair.quote}": pair for pair in listed("USDT", "USDC", "BTC")}
# No evidence was found that MEXC refuses a used newClientOrderId, so the practice exchange does not either.
TERMS = Terms(
    maker=Decimal(0),
    taker=Decimal("0.0005"),
    fee_in="quote",
    client_ids="loose",
    order_id=lambda n: f"C02__{443776347957968896000 + n}",
)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
