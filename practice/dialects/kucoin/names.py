"""How KuCoin spells rights and pairs, and its terms of trade."""

from decimal import Decimal
from hashlib import blake2b

from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, FeeCoin, Terms
from practice.world.pairs import Pair, contracts, lots

GENERAL = ("General",)
SPOT = ("Spot", "Trade", "Unified")
FUTURES = ("Futures", "Unified")
FUTURES_HOST = ("futures",)
EVERYWHERE = ("spot", "futures")
# BTC, ETH, ADA and LTC as /api/v2/symbols answered in recordings; the others are nearest guesses.
LOTS = lots(
    "BTC/USDT 0.1 0.00000001 0.00001",
    "ETH/USDT 0.01 0.0000001 0.0001",
    "SOL/USDT 0.01 0.0001 0.01",
    "XRP/USDT 0.00001 0.0001 0.1",
    "DOGE/USDT 0.00001 0.0001 10",
    "BNB/USDT 0.01 0.0001 0.01",
    "ADA/USDT 0.0001 0.01 1",
    "LTC/USDT 0.001 0.01 0.01",
    "LINK/USDT 0.0001 0.0001 0.01",
    "KCS/USDT 0.001 0.0001 0.1",
    "BTC/USDC 0.1 0.00000001 0.00001",
    "ETH/USDC 0.01 0.0000001 0.0001",
    "ETH/BTC 0.00001 0.0000001 0.0001",
)
PAIRS = {f"{pair.base}-{pair.quote}": pair for pair in LOTS.values()}
CONTRACTS = {f"{pair.base.replace('BTC', 'XBT')}{pair.quote}M": pair for pair in contracts()}


def order_id(n: int) -> str:
    return blake2b(f"kucoin {n}".encode(), digest_size=12).hexdigest()


# What /api/v2/symbols tells as priceLimitRate; 0.01 was seen for BTC in 2026-09.
BAND = "0.1"
# Pairs of class A cost 0.1 %, of B 0.2 %, of C 0.3 %. KuCoin moves pairs between them; here one stands for class C.
CLASSES = {"LTC/USDT": 3}
# A used clientOid is refused only while its order is open (seen in Kucoin/kucoin-api-docs, issue 468).
TERMS = Terms(
    fee_in="quote",
    min_cost=Decimal("0.1"),
    client_ids="unique_open",
    order_id=order_id,
    pairs=LOTS,
    band=Band.against_haste(BAND),
    fee_coin=FeeCoin("KCS", Decimal("0.2")),
    fee_times={name: Decimal(number) for name, number in CLASSES.items()},
)


def rates_of(pair: Pair) -> dict[str, Decimal]:
    return {f"{who}FeeRate": TERMS.fee_rate(pair.name, is_maker=who == "maker") for who in ("taker", "maker")}


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
