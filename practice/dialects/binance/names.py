"""How Binance spells rights and pairs, and its terms of trade."""

from decimal import Decimal

from practice.refusals import Reason, RefusedError
from practice.trading.orders import Band, FeeCoin, Terms
from practice.world.pairs import ASSETS, Pair, contracts, lots

READ, TRADE, FUTURES = ("enableReading",), ("enableSpotAndMarginTrading",), ("enableFutures",)
FUTURES_HOST = ("futures",)
# BTC as exchangeInfo answered in recordings of 2026; the others are nearest guesses.
LOTS = lots(
    "BTC/USDT 0.01 0.00001 0.00001",
    "ETH/USDT 0.01 0.0001 0.0001",
    "SOL/USDT 0.01 0.001 0.001",
    "XRP/USDT 0.0001 0.1 0.1",
    "DOGE/USDT 0.00001 1 1",
    "BNB/USDT 0.01 0.001 0.001",
    "ADA/USDT 0.0001 0.1 0.1",
    "LTC/USDT 0.01 0.001 0.001",
    "LINK/USDT 0.01 0.01 0.01",
    "BTC/USDC 0.01 0.00001 0.00001",
    "ETH/USDC 0.01 0.0001 0.0001",
    "币安人生/USDT 0.0001 1 1",
)
PAIRS = {f"{pair.base}{pair.quote}": pair for pair in LOTS.values()}
# The account tells all coins that there are, also those that are not traded here.
COINS = tuple(dict.fromkeys((*ASSETS, "BTTC", "LDUSDT", *(pair.base for pair in PAIRS.values()))))
CONTRACTS = {f"{pair.base}{pair.quote}": pair for pair in contracts()}
# What exchangeInfo said of BTC, ETH and BNB: both sides from a fifth to five times the average of five minutes, which
# is taken to be the present price here.
BAND = Band(Decimal("0.2"), Decimal(5), Decimal("0.2"), Decimal(5))
# A client order id may come again once the order that had it is no longer open.
TERMS = Terms(
    min_cost=Decimal(5),
    client_ids="unique_open",
    order_id=lambda n: str(28_000_000_000 + n),
    pairs=LOTS,
    band=BAND,
    refuses=("PO",),
    fee_places=8,
    fee_coin=FeeCoin("BNB", Decimal("0.25")),
)


def find_pair(symbol: str) -> Pair:
    if symbol not in PAIRS:
        raise RefusedError(Reason.UNKNOWN_PAIR, symbol)
    return PAIRS[symbol]
