"""How MEXC spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, FeeCoin, Terms
from practice.world.pairs import Pair, lots


def right(name: str) -> tuple[str, ...]:
    """Return both spellings: the API says SPOT_DEAL_READ, the web form SPOT_DEAL_R."""
    return name, name.replace("_READ", "_R").replace("_WRITE", "_W")


ACCOUNT_READ, DEAL_READ = right("SPOT_ACCOUNT_READ"), right("SPOT_DEAL_READ")
DEAL_WRITE, WITHDRAW_READ = right("SPOT_DEAL_WRITE"), right("SPOT_WITHDRAW_READ")
FUTURES_READ, FUTURES_DEALS = right("CONTRACT_ACCOUNT_READ"), right("CONTRACT_DEAL_READ")
# BTC as exchangeInfo answered in recordings of 2026 (8 decimals, least 0.000001); the others are nearest guesses.
LOTS = lots(
    "BTC/USDT 0.01 0.00000001 0.000001",
    "ETH/USDT 0.01 0.00001 0.00001",
    "SOL/USDT 0.01 0.001 0.001",
    "XRP/USDT 0.0001 0.01 0.01",
    "DOGE/USDT 0.00001 0.01 0.01",
    "BNB/USDT 0.01 0.0001 0.0001",
    "ADA/USDT 0.0001 0.01 0.01",
    "LTC/USDT 0.01 0.0001 0.0001",
    "LINK/USDT 0.001 0.01 0.01",
    "MX/USDT 0.0001 0.01 0.01",
    "BTC/USDC 0.01 0.00000001 0.000001",
    "ETH/USDC 0.01 0.00001 0.00001",
    "ETH/BTC 0.000001 0.0001 0.0001",
)
PAIRS = {f"{pair.base}{pair.quote}": pair for pair in LOTS.values()}
# MEXC tells bidMultiplierUp and askMultiplierDown of each pair; how large they are for BTC is not known.
BAND = "0.2"
# No evidence was found that MEXC refuses a used newClientOrderId, so the practice exchange does not either.
TERMS = Terms(
    maker=Decimal(0),
    taker=Decimal("0.0005"),
    fee_in="quote",
    client_ids="loose",
    order_id=lambda n: f"C02__{443776347957968896000 + n}",
    pairs=LOTS,
    band=Band.against_haste(BAND),
    fee_coin=FeeCoin("MX", Decimal("0.2")),
)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
